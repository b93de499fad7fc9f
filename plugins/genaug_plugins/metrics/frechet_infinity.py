"""FD∞: the Fréchet distance extrapolated to infinitely many samples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from torch import Tensor

from genaug.errors import DataError
from genaug_plugins.metrics.features import checked_rows_pair
from genaug_plugins.metrics.frechet import frechet_of_rows
from genaug_plugins.metrics.rows import content_order

_FEWEST = 20


@dataclass(frozen=True)
class FrechetInfinity:
    """The extrapolated distance.

    Attributes:
        value: the intercept of the fit.
        interval: 95 % interval of the intercept, from the scatter of the points about the line: the
            uncertainty of the extrapolation, not that of sampling.
        sizes: of the subsets, N.
        distances: measured on each.
    """

    value: float
    interval: tuple[float, float]
    sizes: tuple[int, ...]
    distances: tuple[float, ...]


def frechet_infinity(
    real: ArrayLike | Tensor, fake: ArrayLike | Tensor, *, levels: int = 5, seed: int = 0
) -> FrechetInfinity:
    """Extrapolate the Fréchet distance to N → ∞ (Chong & Forsyth 2020): the intercept of a line over 1/N.

    The distance's bias falls with 1/N to first order. With fewer than about 3·D samples of either set this
    does not hold, and the value is too high. The distance is measured on random subsets of both sets, N of
    each, at levels spaced evenly in 1/N from a quarter of the smaller set, four times, up to all of it.
    Subsets of a level are disjoint and drawn without replacement: the copies in a bootstrap would increase
    the bias that is to be removed.

    May be negative, as an unbiased estimate of a distance near 0 must be.

    Args:
        real: ``[N, D]``, N ≥ 20.
        fake: ``[M, D]``, M ≥ 20.
        levels: of 1/N, at least 2.
        seed: of the subsets.

    Raises:
        DataError: where features are not finite, differ in D, or either set has fewer than 20 samples.
    """
    if levels < 2:
        raise DataError(f"a line needs at least 2 levels of 1/N, not {levels}")
    x, y = checked_rows_pair(real, fake, at_least=_FEWEST)
    largest = min(len(x), len(y))
    rng = np.random.default_rng(seed)
    orders = [content_order(rows) for rows in (x, y)]  # so that a seed gives the same subsets for any order
    sizes, distances = [], []
    for size in np.rint(1 / np.linspace(4 / largest, 1 / largest, levels)).astype(int).tolist():
        shuffled = [order[rng.permutation(len(order))] for order in orders]
        for start in range(0, largest - size + 1, size):
            parts = [
                rows.only(np.sort(index[start : start + size]))
                for rows, index in zip((x, y), shuffled, strict=True)
            ]
            sizes.append(size)
            distances.append(frechet_of_rows(*parts))
    fit = stats.linregress(1 / np.array(sizes), distances)
    half = float(stats.t.ppf(0.975, len(sizes) - 2) * fit.intercept_stderr)
    value = float(fit.intercept)
    return FrechetInfinity(value, (value - half, value + half), tuple(sizes), tuple(distances))
