"""FD∞: the Fréchet distance that infinitely many samples would show."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from torch import Tensor

from genaug.errors import DataError
from genaug_plugins.metrics.content_order import by_content
from genaug_plugins.metrics.features import checked_rows_pair
from genaug_plugins.metrics.frechet import frechet_of_rows

_FEWEST = 20


@dataclass(frozen=True)
class FrechetInfinity:
    """Hold the extrapolated distance.

    Attributes:
        value: the intercept of the fit.
        interval: 95 % interval of the intercept, from what the points scatter about the line: the
            uncertainty of the extrapolation. It does not know how other samples would have come out.
        sizes: of the subsets, N.
        distances: measured at each size.
    """

    value: float
    interval: tuple[float, float]
    sizes: tuple[int, ...]
    distances: tuple[float, ...]


def frechet_infinity(
    real: ArrayLike | Tensor, fake: ArrayLike | Tensor, *, points: int = 10, seed: int = 0
) -> FrechetInfinity:
    """Extrapolate the Fréchet distance to N → ∞ (Chong & Forsyth 2020): the intercept of a line over 1/N.

    The distance's bias falls with 1/N to first order. With fewer than some 3·D samples of either set it
    does not yet, and the value stays too high. The distance is measured on random subsets of both sets, N of each, at sizes spaced evenly in 1/N from a
    quarter of the smaller set up to all of it. Subsets are drawn without replacement: a copy is not a new
    sample, and a bootstrap's copies would add to the very bias that is to be taken out.

    May be negative, as an unbiased estimate of a distance near 0 must be.

    Args:
        real: ``[N, D]``, N ≥ 20.
        fake: ``[M, D]``, M ≥ 20.
        points: subsets to measure, at least 4.
        seed: of the subsets.

    Raises:
        DataError: where features are not finite, differ in D, or either set has fewer than 20 samples.
    """
    if points < 4:
        raise DataError(f"a line with an uncertainty needs at least 4 points, not {points}")
    x, y = checked_rows_pair(real, fake, at_least=_FEWEST)
    largest = min(len(x), len(y))
    sizes = np.rint(1 / np.linspace(4 / largest, 1 / largest, points)).astype(int)
    rng = np.random.default_rng(seed)
    orders = [by_content(rows) for rows in (x, y)]  # so that a seed means the same samples in any order
    distances = []
    for size in sizes.tolist():
        drawn = [order[rng.choice(len(order), size, replace=False)] for order in orders]
        parts = [rows.only(np.sort(index)) for rows, index in zip((x, y), drawn, strict=True)]
        distances.append(frechet_of_rows(*parts))
    fit = stats.linregress(1 / sizes, distances)
    half = float(stats.t.ppf(0.975, points - 2) * fit.intercept_stderr)
    value = float(fit.intercept)
    return FrechetInfinity(value, (value - half, value + half), tuple(sizes.tolist()), tuple(distances))
