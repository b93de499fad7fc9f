"""The forecast of the minimum detectable effect, compared with simulated comparisons."""

import numpy as np
import pytest

from genaug.errors import DataError
from genaug.statistics.paired import crossed_interval
from genaug.statistics.planning import detectable_class_mean_effect, detectable_effect


@pytest.mark.parametrize(
    ("n", "seeds", "error", "correlation", "persistent"),
    [(60, 3, 0.25, 0.5, 0.5), (300, 5, 0.1, 0.7, 0.3), (1000, 5, 0.4, 0.2, 0.9)],
)
def test_an_effect_of_the_forecast_size_is_found_four_times_in_five(
    n: int, seeds: int, error: float, correlation: float, persistent: float
) -> None:
    effect = detectable_effect(n, seeds, error, correlation, persistent)
    variance = 2 * error * (1 - error) * (1 - correlation)
    rng, found, rounds = np.random.default_rng(n), 0, 400
    for _ in range(rounds):
        of_sample = rng.normal(effect, np.sqrt(variance * persistent), n)
        rest = rng.normal(0, np.sqrt(variance * (1 - persistent)), (seeds, n))
        found += crossed_interval(of_sample + rest, 1 / n).low > 0
    assert 0.7 < found / rounds < 0.9


def test_more_samples_and_seeds_find_smaller_effects() -> None:
    assert detectable_effect(50, 5) > detectable_effect(200, 5) > detectable_effect(200, 20)
    assert 0.1 < detectable_effect(50, 5) < 0.2
    assert detectable_effect(50, 5, error=0.0) > 0
    with pytest.raises(DataError, match="2 test samples"):
        detectable_effect(1, 5)


@pytest.mark.parametrize(("rare", "common", "seeds"), [(6, 114, 5), (9, 81, 3), (40, 200, 5)])
def test_the_effect_on_a_rare_class_is_that_of_simulated_runs(rare: int, common: int, seeds: int) -> None:
    # The rare class has all errors: half of its samples are wrong, so that the mean error is 0.25.
    n, rng = rare + common, np.random.default_rng(rare)
    effect = detectable_class_mean_effect([common, rare], seeds, 0.25)
    variance, found, said, rounds = 2 * 0.25 * 0.5, 0, [], 200
    for _ in range(rounds):
        of_sample = rng.normal(2 * effect, np.sqrt(variance / 2), rare)
        gains = of_sample + rng.normal(0, np.sqrt(variance / 2), (seeds, rare))
        means = gains.mean(axis=1, keepdims=True)
        # Pseudo-values of the balanced accuracy: the gain of the common class is 0 in every sample.
        values = np.hstack([means / 2 + n / (2 * rare) * (gains - means), means.repeat(common, 1) / 2])
        estimate = crossed_interval(values, 1 / (2 * rare))
        found += estimate.low > 0
        said.append(estimate.detectable())
    assert found / rounds >= 0.8
    assert np.quantile(said, 0.1) < effect < 1.4 * np.quantile(said, 0.9)


def test_each_class_counts_by_its_test_samples() -> None:
    few, many = detectable_class_mean_effect([6, 114], 5), detectable_class_mean_effect([60, 60], 5)
    assert few == pytest.approx(0.393, abs=0.01)  # was forecast as 0.249, and the run had 0.53
    assert few > 3 * many
    assert detectable_class_mean_effect([60, 60, 0], 5) == many
    assert detectable_class_mean_effect([60, 60], 5, error=0.0) > 0
    with pytest.raises(DataError, match="2 test samples"):
        detectable_class_mean_effect([1, 0], 5)
