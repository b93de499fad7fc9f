"""The forecast of the minimum detectable effect, compared with simulated comparisons."""

import numpy as np
import pytest

from genaug.errors import DataError
from genaug.statistics.paired import crossed_interval
from genaug.statistics.planning import detectable_effect


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
