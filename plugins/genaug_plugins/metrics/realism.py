"""Realism: the relative distance of each fake to the nearest ball around a real sample."""

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

from genaug_plugins.metrics.features import check_one_space, checked_rows
from genaug_plugins.metrics.neighbours.distances import Doubles, Progress, SquaredDistances
from genaug_plugins.metrics.neighbours.nearest import check_k, k_nearest_others
from genaug_plugins.metrics.neighbours.radii import Radii, RatioSearch
from genaug_plugins.metrics.neighbours.unique_rows import unique_rows


def realism(real: ArrayLike | Tensor, fake: ArrayLike | Tensor, k: int = 3) -> Doubles:
    """Measure only R(g) of each fake, as `neighbourhood` does; any number of fakes is allowed.

    Args:
        real: ``[n_real, D]``, more than k.
        fake: ``[n_fake, D]``; n_fake may be 0.
        k: at least 1.

    Returns:
        float64 ``[n_fake]``.

    Raises:
        DataError: where features are not finite, differ in D, or there are k real samples or fewer.
    """
    return Realism(real, k).of(fake)


class Realism:
    """Measure R(g) of fakes, a block of them at a time, with the radii of the reals computed once.

    Args:
        real: ``[n_real, D]``, more than k.
        k: at least 1.

    Raises:
        DataError: where features are not finite, or there are k real samples or fewer.
    """

    def __init__(self, real: ArrayLike | Tensor, k: int = 3) -> None:
        check_k(k)
        once = unique_rows(checked_rows(real, "real features", at_least=k + 1))
        radii = k_nearest_others(once, k)[0][:, -1]
        self._rows, self._radii = once.rows, radii[once.first]
        self._trusted = self._radii <= np.median(radii)

    def of(self, fake: ArrayLike | Tensor, *, progress: Progress | None = None) -> Doubles:
        """Return R(g) of each fake, float64 ``[n_fake]``; n_fake may be 0.

        Raises:
            DataError: where features are not finite, or differ in D from the real ones.
        """
        fakes = checked_rows(fake, "fake features", at_least=0)
        check_one_space(self._rows, fakes)
        once = unique_rows(fakes.beside(self._rows))
        distances = SquaredDistances(once.rows, self._rows.beside(fakes))
        search = RatioSearch(distances, len(once.rows), Radii(self._radii, distances), self._trusted)
        for tile in distances.tiles(progress):
            search.add(tile)
        return np.sqrt(search.result())[once.group]
