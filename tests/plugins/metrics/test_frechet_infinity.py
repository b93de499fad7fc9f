"""FD∞ finds what the Fréchet distance of few samples exaggerates."""

import numpy as np
import pytest

from genaug.errors import DataError
from genaug_plugins.metrics.frechet import frechet_distance
from genaug_plugins.metrics.frechet_infinity import frechet_infinity

D = 12
TRUE = D * (0.1**2 + 0.2**2)


def pair(seed: int, n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, D)), 1.2 * rng.normal(size=(n, D)) + 0.1


def test_it_is_unbiased_where_the_distance_is_not_and_the_interval_holds_it() -> None:
    found = [frechet_infinity(*pair(s), seed=s) for s in range(12)]
    values = np.array([f.value for f in found])
    error = values.std() / np.sqrt(len(values))
    plain = np.mean([frechet_distance(*pair(s)) for s in range(12)])
    assert abs(values.mean() - TRUE) < 4 * error
    assert plain > TRUE + 4 * error
    assert np.mean([f.interval[0] <= TRUE <= f.interval[1] for f in found]) > 0.7


def test_points_are_disjoint_subsets_up_to_the_whole() -> None:
    real, fake = pair(0)
    found = frechet_infinity(real, fake)
    assert found.sizes[:4] == (50, 50, 50, 50)
    assert found.sizes[-1] == 200
    assert found.distances[-1] == pytest.approx(frechet_distance(real, fake), rel=1e-10)
    assert found.distances[0] > found.distances[-1]


def test_order_changes_nothing_and_the_seed_is_the_only_chance() -> None:
    real, fake = pair(0)
    rng = np.random.default_rng(0)
    found = frechet_infinity(real, fake, seed=3)
    shuffled = frechet_infinity(rng.permutation(real), rng.permutation(fake), seed=3)
    assert shuffled.value == pytest.approx(found.value, rel=1e-8)
    assert frechet_infinity(real, fake, seed=4).value != found.value


def test_what_cannot_be_measured_is_said() -> None:
    with pytest.raises(DataError, match="at least 20"):
        frechet_infinity(*pair(0, n=19))
    with pytest.raises(DataError, match="at least 2 levels"):
        frechet_infinity(*pair(0), levels=1)
