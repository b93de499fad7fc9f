"""The distance found is the one known in closed form, from below; equal distributions have next to none."""

import numpy as np
import pytest
from scipy.stats import norm

from genaug.errors import DataError
from genaug_plugins.metrics.variation import FEWEST, variation_at_least


def pair(n: int, d: int, shift: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    one, other = np.random.default_rng(seed).standard_normal((2, n, d))
    other[:, 0] += shift
    return one, other


@pytest.mark.parametrize("shift", [0.5, 1.0, 2.0, 4.0])
def test_two_gaussians_lie_as_far_apart_as_the_closed_form_says(shift: float) -> None:
    # d_TV of N(0, 1) and N(shift, 1) is 2·Φ(shift/2) − 1.
    found = variation_at_least(*pair(800, 1, shift), seed=0)
    true = 2 * norm.cdf(shift / 2) - 1
    assert found.value == pytest.approx(true, abs=0.06)
    assert found.interval[0] <= true <= found.interval[1]
    assert found.accuracy == pytest.approx((found.raw + 1) / 2)


def test_equal_distributions_have_next_to_no_distance_and_none_below_zero() -> None:
    found = [variation_at_least(*pair(200, 3, 0.0, seed), seed=seed) for seed in range(12)]
    assert np.mean([one.raw for one in found]) == pytest.approx(0, abs=0.06)
    assert min(one.raw for one in found) < 0
    assert min(one.value for one in found) == 0
    assert sum(one.interval[0] == 0 for one in found) >= 10
    assert min(one.interval[1] for one in found) > 0.05


def test_a_narrower_distribution_with_the_same_mean_is_told_apart_and_so_is_a_rare_part() -> None:
    one, other = pair(500, 2, 0.0)
    # Half the spread in two dimensions: P(‖x‖² < c) − P(‖x/2‖² < c) is largest at c = 8·log(4)/3.
    c = 8 * np.log(4) / 3 / 4
    true = np.exp(-c / 2) - np.exp(-2 * c)
    assert variation_at_least(one, 0.5 * other, seed=0).value == pytest.approx(true, abs=0.1)
    few = variation_at_least(one, 0.5 * other[:FEWEST], seed=0)
    assert few.interval[1] - few.interval[0] > 0.15


def test_many_dimensions_and_few_samples_make_it_a_lower_bound_that_is_far_below() -> None:
    true = 2 * norm.cdf(1) - 1
    assert variation_at_least(*pair(100, 300, 2.0), seed=0).interval[1] < true


def test_the_same_seed_finds_the_same_and_too_few_samples_are_refused() -> None:
    parts = pair(60, 2, 1.0)
    assert variation_at_least(*parts, seed=2**63 - 1) == variation_at_least(*parts, seed=2**63 - 1)
    with pytest.raises(DataError, match="20 samples of each part, not 19"):
        variation_at_least(parts[0], parts[1][: FEWEST - 1], seed=0)


def test_parts_without_any_spread_are_told_apart_or_not() -> None:
    same = np.ones((30, 2))
    assert variation_at_least(same, 2 * same, seed=0).value == 1
    assert variation_at_least(same, same, seed=0).value == 0
