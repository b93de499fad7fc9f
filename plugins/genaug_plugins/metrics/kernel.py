"""The kernel distance (KID) between two sets of features."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genaug_plugins.metrics.distances import Doubles
from genaug_plugins.metrics.features import checked_pair

_BLOCK = 2**21


@dataclass(frozen=True)
class KernelDistance:
    """Hold a kernel distance with its 95 % interval."""

    value: float
    interval: tuple[float, float]


def kernel_distance(real: ArrayLike, fake: ArrayLike) -> float:
    """Measure the unbiased squared MMD under a cubic kernel.

    With ``k(x, y) = (x·y/D + 1)³`` (Bińkowski et al. 2018)::

        1/(n(n−1)) Σ_{i≠j} k(x_i, x_j) + 1/(m(m−1)) Σ_{i≠j} k(y_i, y_j) − 2/(nm) Σ_{ij} k(x_i, y_j)

    Unbiased at every n, and so negative at times. All pairs are used, block by block; averaging over
    random subsets, as is usual, estimates the same number with more noise and leans on a seed.

    Args:
        real: ``[N, D]``, N ≥ 2.
        fake: ``[M, D]``, M ≥ 2.

    Raises:
        DataError: where features are not finite, differ in D, or either set has fewer than 2 samples.
    """
    return _estimate(*_row_sums(*checked_pair(real, fake, at_least=2)))


def kernel_distance_interval(real: ArrayLike, fake: ArrayLike) -> KernelDistance:
    """Measure `kernel_distance` with a 95 % interval from the two-sample jackknife.

    Leaving one sample out at a time costs nothing beyond the row sums of the kernel::

        V = (n−1)/n Σ_i (θ_(−x_i) − θ_(−x·))² + (m−1)/m Σ_j (θ_(−y_j) − θ_(−y·))²,   θ ± 1.96 √V

    Args, Raises: as `kernel_distance`; both sets need at least 3 samples.
    """
    sums = _row_sums(*checked_pair(real, fake, at_least=3))
    value = _estimate(*sums)
    within_x, within_y, across_x, across_y = sums
    variance = _jackknife(within_x, across_x, within_y.sum(), len(within_y)) + _jackknife(
        within_y, across_y, within_x.sum(), len(within_x)
    )
    half = 1.959963984540054 * float(np.sqrt(variance))
    return KernelDistance(value, (value - half, value + half))


def _row_sums(x: NDArray[Any], y: NDArray[Any]) -> tuple[Doubles, Doubles, Doubles, Doubles]:
    """Return Σ_{j≠i} k(x_i, x_j), Σ_{j≠i} k(y_i, y_j), Σ_j k(x_i, y_j) and Σ_i k(x_i, y_j)."""
    x, y = x.astype(np.float64), y.astype(np.float64)
    within_x, within_y = (_kernel_sums(f, f)[0] - _own(f) for f in (x, y))
    return within_x, within_y, *_kernel_sums(x, y)


def _own(x: Doubles) -> Doubles:
    return _cubic(np.einsum("nd,nd->n", x, x), x.shape[1])


def _cubic(products: Doubles, d: int) -> Doubles:
    base = products / d + 1.0
    return base * base * base  # many times faster than a power


def _kernel_sums(x: Doubles, y: Doubles) -> tuple[Doubles, Doubles]:
    rows, columns = np.zeros(len(x)), np.zeros(len(y))
    step = max(1, _BLOCK // len(y))
    for start in range(0, len(x), step):
        block = _cubic(x[start : start + step] @ y.T, x.shape[1])
        rows[start : start + step] = block.sum(axis=1)
        columns += block.sum(axis=0)
    return rows, columns


def _estimate(within_x: Doubles, within_y: Doubles, across_x: Doubles, across_y: Doubles) -> float:
    n, m = len(across_x), len(across_y)
    return float(
        within_x.sum() / (n * (n - 1)) + within_y.sum() / (m * (m - 1)) - 2 * across_x.sum() / (n * m)
    )


def _jackknife(within: Doubles, across: Doubles, other_within: float, m: int) -> float:
    """Return the variance that leaving out each sample of one set shows, the other set being whole."""
    n = len(within)
    left_out = (
        (within.sum() - 2 * within) / ((n - 1) * (n - 2))
        + other_within / (m * (m - 1))
        - 2 * (across.sum() - across) / ((n - 1) * m)
    )
    return float((n - 1) / n * np.sum(np.square(left_out - left_out.mean())))
