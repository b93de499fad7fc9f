"""The density at each fake."""

import numpy as np

from genaug_plugins.metrics.density import Density
from genaug_plugins.metrics.neighbourhood import neighbourhood


def expected(real: np.ndarray, fake: np.ndarray, k: int) -> np.ndarray:
    """Return the density at each fake by its definition."""
    real, fake = real.astype(float), fake.astype(float)
    r = np.sort(np.linalg.norm(real[:, None] - real[None], axis=-1), axis=1)[:, k]
    return (np.linalg.norm(fake[:, None] - real[None], axis=-1) < r).sum(axis=1) / k


def test_a_hand_worked_line() -> None:
    real = np.array([[0.0], [1.0], [2.0], [10.0]])  # radii at k = 1: 1, 1, 1, 8
    fake = np.array([[0.5], [1.0], [2.5], [3.0], [2.0], [-1.0]])
    #                 0,1    1       2,10    10     2,(10: d = 8, not less)    none: d = 1
    np.testing.assert_array_equal(Density(real, 1).of(fake), [2, 1, 2, 1, 1, 0])


def test_the_mean_over_all_is_the_density_of_the_set() -> None:
    rng = np.random.default_rng(0)
    real, fake = rng.integers(-9, 9, (60, 3)).astype(float), rng.integers(-9, 9, (50, 3)).astype(float)
    real[7] = real[8] = real[9]  # copies among the reals, and of them
    fake[3] = real[7]
    densities = Density(real, 3).of(fake)
    np.testing.assert_allclose(densities.mean(), neighbourhood(real, fake, 3).density, rtol=1e-12)
    np.testing.assert_array_equal(densities, expected(real, fake, 3))
