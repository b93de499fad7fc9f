"""The interval over seeds and test samples: by hand, and by its coverage."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from genaug.errors import DataError
from genaug.statistics.paired import bootstrap_interval, crossed_interval, permutation_p


def differences(
    rng: np.random.Generator, seeds: int, samples: int, of_seed: float, of_sample: float, effect: float = 0.0
) -> NDArray[np.float64]:
    """Draw right-or-wrong of two arms whose true accuracies differ only by `effect` (probit units)."""
    hardness = rng.normal(1.5, 1, samples)

    def arm() -> NDArray[np.float64]:
        a, b = rng.normal(0, of_seed, (seeds, 1)), rng.normal(0, of_sample, samples)
        return hardness + a + b + rng.normal(size=(seeds, samples))

    return ((arm() + effect > 0).astype(float)) - (arm() > 0)


@pytest.mark.parametrize(
    ("of_seed", "of_sample", "samples"),
    [(0.0, 0.0, 200), (0.3, 0.0, 200), (0.0, 1.0, 200), (0.1, 0.5, 1000), (0.3, 1.0, 100)],
)
def test_five_seeds_cover_no_effect_as_often_as_promised(
    of_seed: float, of_sample: float, samples: int
) -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(500):
        estimate = crossed_interval(differences(rng, 5, samples, of_seed, of_sample), 1 / samples)
        covered += estimate.low <= 0 <= estimate.high
    assert covered / 500 >= 0.93


def test_either_source_of_noise_alone_would_be_too_narrow() -> None:
    rng = np.random.default_rng(0)
    missed_by_seeds = missed_by_samples = 0
    for _ in range(300):
        table = differences(rng, 5, 200, 0.0, 1.0)
        missed_by_seeds += stats.ttest_1samp(table.mean(axis=1), 0).pvalue < 0.05
        table = differences(rng, 5, 1000, 0.3, 0.0)
        missed_by_samples += stats.ttest_1samp(table.mean(axis=0), 0).pvalue < 0.05
    assert missed_by_seeds / 300 > 0.1
    assert missed_by_samples / 300 > 0.1


def test_a_large_effect_is_detected() -> None:
    rng = np.random.default_rng(0)
    above = [crossed_interval(differences(rng, 5, 500, 0.1, 0.5, 0.8), 1 / 500).low > 0 for _ in range(100)]
    assert np.mean(above) > 0.95


def test_the_detectable_effect_is_detected_four_times_in_five() -> None:
    rng = np.random.default_rng(0)

    def drawn() -> NDArray[np.float64]:
        return rng.normal(0, 0.02, (5, 1)) + rng.normal(0, 0.5, 400) + rng.normal(0, 0.3, (5, 400))

    detectable = np.mean([crossed_interval(drawn()).detectable() for _ in range(200)])
    found = [crossed_interval(drawn() + detectable).low > 0 for _ in range(400)]
    assert 0.7 < np.mean(found) < 0.9


def test_the_variance_is_that_of_the_two_way_table() -> None:
    table = np.array([[1.0, 0.0, 0.0, 1.0], [1.0, 1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0]])
    # Mean squares worked out by hand: MS_a = 1/4, MS_b = 5/9, MS_e = 5/36.
    estimate = crossed_interval(table)
    assert estimate.value == pytest.approx(0.5)
    assert estimate.standard_error == pytest.approx(np.sqrt((1 / 4 + 5 / 9 - 5 / 36) / 12))
    df = (24 / 36) ** 2 / ((1 / 4) ** 2 / 2 + (5 / 9) ** 2 / 3 + (5 / 36) ** 2 / 6)
    assert estimate.degrees_of_freedom == pytest.approx(np.clip(df, 2, 3))
    half = stats.t.ppf(0.975, estimate.degrees_of_freedom) * estimate.standard_error
    assert estimate.interval == pytest.approx((0.5 - half, 0.5 + half))


def test_seeds_that_agree_leave_the_interval_of_the_test_samples() -> None:
    sample = np.random.default_rng(0).normal(0.1, 1, 300)
    estimate = crossed_interval(np.tile(sample, (5, 1)))
    expected = stats.ttest_1samp(sample, 0).confidence_interval(0.95)
    assert estimate.interval == pytest.approx((expected.low, expected.high))


def test_arms_that_never_differ_still_leave_some_doubt() -> None:
    estimate = crossed_interval(np.zeros((5, 100)), grain=1 / 100)
    assert estimate.low < 0 < estimate.high
    assert estimate.high == pytest.approx(0.0198, abs=1e-4)
    assert crossed_interval(np.zeros((5, 100))).interval == (0, 0)


@pytest.mark.parametrize("shape", [(1, 10), (5, 1), (5,)])
def test_one_seed_or_one_sample_gives_no_interval(shape: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match="2 of each"):
        crossed_interval(np.zeros(shape))


def test_the_permutation_p_is_that_of_all_signs() -> None:
    values = np.array([[1.0, 0, 1, 1, 0, -1, 1], [1.0, 1, 1, 0, 0, -1, 1]])
    means = values.mean(axis=0)
    signs = np.array(list(itertools.product([-1, 1], repeat=7)))
    exact = (np.abs(signs @ means) >= abs(means.sum()) - 1e-9).mean()
    drawn = permutation_p(values, np.random.default_rng(0), rounds=20_000)
    assert drawn == pytest.approx(exact, abs=0.01)


def test_the_permutation_p_is_uniform_where_nothing_differs() -> None:
    rng = np.random.default_rng(0)
    p = [permutation_p(rng.normal(size=(1, 60)), rng, rounds=199) for _ in range(400)]
    assert np.mean(np.array(p) <= 0.05) < 0.08
    assert np.mean(p) == pytest.approx(0.5, abs=0.05)
    assert permutation_p(np.zeros((3, 9)), rng) == 1
    assert permutation_p(np.ones((3, 40)), rng) == 1 / 5000


def test_the_bootstrap_is_that_of_both_sources_of_noise() -> None:
    rng = np.random.default_rng(0)
    S, N = 40, 300
    values = rng.normal(0, 0.3, (S, 1)) + rng.normal(0, 1, N) + rng.normal(0, 1, (S, N)) + 0.5
    low, high = bootstrap_interval(values, rng)
    expected = crossed_interval(values)
    assert (low + high) / 2 == pytest.approx(expected.value, abs=0.02)
    assert high - low == pytest.approx(expected.high - expected.low, rel=0.15)
    # Of few seeds it is narrower than the interval with a t factor.
    few = values[:4]
    low, high = bootstrap_interval(few, rng)
    assert high - low < crossed_interval(few).high - crossed_interval(few).low
    assert bootstrap_interval(np.zeros((3, 9)), rng) == (0, 0)


@pytest.mark.parametrize(("share", "samples"), [(0.98, 40), (0.9, 20), (0.5, 10), (0.7, 100)])
def test_an_interval_within_bounds_covers_no_less(share: float, samples: int) -> None:
    rng = np.random.default_rng(0)
    hardness = np.sqrt(1 + 0.3**2 + 0.8**2) * stats.norm.ppf(share)
    bounded, plain = 0, 0
    for _ in range(400):
        a, b = rng.normal(0, 0.3, (5, 1)), rng.normal(0, 0.8, samples)
        right = hardness + a + b + rng.normal(size=(5, samples)) > 0
        within = crossed_interval(right, 1 / samples, bounds=(0, 1))
        assert 0 <= within.low <= within.value <= within.high <= 1
        without = crossed_interval(right, 1 / samples)
        bounded += within.low <= share <= within.high
        plain += without.low <= share <= without.high
    assert bounded / 400 >= 0.93
    assert bounded >= plain - 8  # 2 %


def test_two_test_samples_give_an_interval_of_what_is_possible() -> None:
    two = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert crossed_interval(two, 1 / 2).low < -8
    low, high = crossed_interval(two, 1 / 2, bounds=(0, 1)).interval
    assert 0 < low < 0.01
    assert 0.99 < high < 1
    perfect = crossed_interval(np.ones((5, 30)), bounds=(0, 1))  # a metric without a grain: doubt remains
    assert perfect.high == 1
    assert 0.8 < perfect.low < 0.9


def test_a_clipped_difference_keeps_its_p_value() -> None:
    estimate = crossed_interval(np.array([[1.0, 0.0], [1.0, 1.0]]), 1 / 2)
    cut = estimate.clipped((-1, 1))
    assert cut.interval == (-1, 1)
    assert cut.detectable() == estimate.detectable()
    assert crossed_interval(np.zeros((3, 9)), 1 / 9).clipped((-1, 1)).high < 1
