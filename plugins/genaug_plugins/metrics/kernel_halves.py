"""The kernel distance between random halves of one set of samples: what chance alone gives."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

from genaug_plugins.metrics.features import checked_rows
from genaug_plugins.metrics.kernel_means import CubicKernel
from genaug_plugins.metrics.rows import content_order

MOST = 2_000
"""Largest number of samples that are divided; of more, a random draw."""


@dataclass(frozen=True)
class Halves:
    """The kernel distance between random halves of n samples.

    Attributes:
        mean: over the divisions; near 0.
        interval: from the 2.5 % to the 97.5 % quantile of the divisions.
        n: number of samples that were divided.
    """

    mean: float
    interval: tuple[float, float]
    n: int


def kernel_halves(real: ArrayLike | Tensor, draws: int = 200, seed: int = 0) -> Halves:
    """Measure the null distribution of the kernel distance by random divisions of real samples.

    The kernel matrix K is computed once; for a division with indicator h of the first half, n of N samples,

        (h'Kh − h'diag K)/(n(n−1)) + (g'Kg − g'diag K)/(m(m−1)) − 2 h'Kg/(nm),   g = 1 − h, m = N − n

    is the unbiased estimate of `kernel_distance` (permutation test of Gretton et al. 2012). The result does
    not depend on the order of the samples.

    Args:
        real: ``[N, D]``, N ≥ 6.
        draws: number of divisions.
        seed: of the divisions.

    Raises:
        DataError: where there are fewer samples, or features are not finite.
    """
    rows = checked_rows(real, "real features", 6)
    rng = np.random.default_rng(seed)
    order = content_order(rows)
    if len(order) > MOST:
        order = order[np.sort(rng.choice(len(order), MOST, replace=False))]
    rows = rows.only(order)
    kernel = CubicKernel(rows, rows)
    prepared = kernel.prepared(rows)
    k = kernel.tile(prepared, prepared).cpu().numpy()
    total, n = len(order), len(order) // 2
    m = total - n
    first = np.zeros((total, draws))
    for draw in range(draws):
        first[rng.choice(total, n, replace=False), draw] = 1.0
    other = 1.0 - first
    sums, diagonal = k @ first, k.diagonal()
    rest = k.sum(axis=1)[:, None] - sums
    of_first = ((first * sums).sum(axis=0) - diagonal @ first) / (n * (n - 1))
    of_other = ((other * rest).sum(axis=0) - diagonal @ other) / (m * (m - 1))
    values = of_first + of_other - 2 * (other * sums).sum(axis=0) / (n * m)
    low, high = np.quantile(values, [0.025, 0.975])
    return Halves(float(values.mean()), (float(low), float(high)), total)
