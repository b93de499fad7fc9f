"""Density: the number of balls around real samples that contain a fake."""

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

from genaug_plugins.metrics.features import check_one_space, checked_rows
from genaug_plugins.metrics.neighbours.distances import Doubles, Progress, SquaredDistances
from genaug_plugins.metrics.neighbours.nearest import check_k, k_nearest_others
from genaug_plugins.metrics.neighbours.radii import Radii, pairs_within
from genaug_plugins.metrics.neighbours.unique_rows import unique_rows


class Density:
    """Measure the density 1/k Σ_i 1[d(g, φ_i) < r_i] at fakes, with the radii of the reals computed once.

    r_i is the distance of a real sample to its k-th nearest other one. The mean over all fakes is the
    density of Naeem et al. (2020, arXiv 2002.09797), as `neighbourhood` measures it.

    Args:
        real: ``[n_real, D]``, more than k.
        k: at least 1.

    Raises:
        DataError: where features are not finite, or there are k real samples or fewer.
    """

    def __init__(self, real: ArrayLike | Tensor, k: int = 5) -> None:
        check_k(k)
        self._once = unique_rows(checked_rows(real, "real features", at_least=k + 1))
        self._radii = k_nearest_others(self._once, k)[0][self._once.first, -1]
        self._k = k

    def of(self, fake: ArrayLike | Tensor, *, progress: Progress | None = None) -> Doubles:
        """Return the density at each fake, float64 ``[n_fake]``, 0 … n_real/k; n_fake may be 0.

        Raises:
            DataError: where features are not finite, or differ in D from the real ones.
        """
        reals, fakes = self._once.rows, checked_rows(fake, "fake features", at_least=0)
        check_one_space(reals, fakes)
        once = unique_rows(fakes.beside(reals))
        distances = SquaredDistances(once.rows, reals.beside(fakes))
        radii = Radii(self._radii, distances)
        balls = np.zeros(len(once.rows))
        for tile in distances.tiles(progress):
            i, g, strictly = pairs_within(tile.transposed, radii)
            weights = self._once.counts[i[strictly]]
            balls += np.bincount(g[strictly], weights=weights, minlength=len(balls))
        return balls[once.group] / self._k
