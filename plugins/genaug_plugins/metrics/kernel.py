"""The kernel distance (KID) between two sets of features."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from genaug_plugins.metrics.features import checked_rows_pair
from genaug_plugins.metrics.kernel_means import CubicKernel, across, block_count, within
from genaug_plugins.metrics.rows import Rows, content_order

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class KernelDistance:
    """A kernel distance with its 95 % interval."""

    value: float
    interval: tuple[float, float]


def kernel_distance(real: ArrayLike | Tensor, fake: ArrayLike | Tensor) -> float:
    """Measure the unbiased squared MMD under a cubic kernel.

    With ``k(x, y) = (x·y/D + 1)³`` (Bińkowski et al. 2018)::

        1/(n(n−1)) Σ_{i≠j} k(x_i, x_j) + 1/(m(m−1)) Σ_{i≠j} k(y_i, y_j) − 2/(nm) Σ_{ij} k(x_i, y_j)

    Unbiased at every n, and therefore sometimes negative. Up to 8,000 samples all pairs are used; averaging
    over random subsets, as is usual, estimates the same value with more noise and depends on a seed.

    Beyond that, all pairs would cost n²: only pairs within disjoint blocks of 8,000²/n samples, at least
    1,250, are used (Zaremba, Gretton & Blaschko 2013). This is also unbiased and weights all samples equally,
    so only the variance term that decreases with the number of pairs is larger than with all pairs. The block
    of a sample depends on its content, not on the order or a seed.

    Args:
        real: ``[N, D]``, N ≥ 2; array, tensor or memory map.
        fake: ``[M, D]``, M ≥ 2.

    Raises:
        DataError: where features are not finite, differ in D, or either set has fewer than 2 samples.
    """
    return _estimate(*_means(*checked_rows_pair(real, fake, at_least=2)))


def kernel_distance_interval(real: ArrayLike | Tensor, fake: ArrayLike | Tensor) -> KernelDistance:
    """Measure `kernel_distance` with a 95 % interval from the two-sample jackknife.

    Leaving one sample out at a time only needs the mean kernel w of each sample within its set, and a with
    the other set::

        V = 4/(n(n−1)) Σ_i ((n−1)/(n−2)·(w_i − w̄) − (a_i − ā))² + the same for the fakes,   θ ± 1.96 √V

    Args, Raises: as `kernel_distance`; both sets need at least 3 samples.
    """
    means = _means(*checked_rows_pair(real, fake, at_least=3))
    within_x, within_y, across_x, across_y = means
    value = _estimate(*means)
    half = 1.959963984540054 * float(np.sqrt(_jackknife(within_x, across_x) + _jackknife(within_y, across_y)))
    return KernelDistance(value, (value - half, value + half))


def _means(x: Rows, y: Rows) -> tuple[Doubles, Doubles, Doubles, Doubles]:
    """Return the mean kernel of each x and y within its set, and with the other set."""
    kernel = CubicKernel(x, y)
    blocks = [block_count(len(rows)) for rows in (x, y)]
    orders = [
        content_order(rows) if count > 1 else np.arange(len(rows))
        for rows, count in zip((x, y), blocks, strict=True)
    ]
    # If one set is small, there are no more pairs between the sets than within the other.
    parts = [np.array_split(order, min(blocks)) for order in orders]
    own = [np.array_split(order, count) for order, count in zip(orders, blocks, strict=True)]
    return (
        within(kernel, x, own[0]),
        within(kernel, y, own[1]),
        *across(kernel, x, y, list(zip(*parts, strict=True))),
    )


def _estimate(within_x: Doubles, within_y: Doubles, across_x: Doubles, across_y: Doubles) -> float:
    return float(within_x.mean() + within_y.mean() - across_x.mean() - across_y.mean())


def _jackknife(within: Doubles, across: Doubles) -> float:
    """Return the jackknife variance from leaving out each sample of one set, the other set being complete."""
    n = len(within)
    shift = (n - 1) / (n - 2) * (within - within.mean()) - (across - across.mean())
    return float(4 / (n * (n - 1)) * np.sum(np.square(shift)))
