"""Squared distances of pairs of rows, the same to the bit in any batch and on any device."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genaug_plugins.metrics.rows import Indices, Rows

_CHUNK = 2**18
"""Number of values subtracted at once."""


def exact_squared(a: Rows, b: Rows, i: Indices, j: Indices) -> NDArray[np.float64]:
    """Return the squared distances of the pairs (a_i, b_j), ``[P]``, 0 for equal rows."""
    squared = np.zeros(len(i))
    step = max(1, _CHUNK // a.dimensions)
    shape = (min(step, len(i)), a.dimensions)
    left, right = (torch.empty(shape, dtype=torch.float64, device=a.device) for _ in range(2))
    for start in range(0, len(i), step):
        some = i[start : start + step], j[start : start + step]
        x, y = left[: len(some[0])], right[: len(some[0])]
        x.copy_(a.take(some[0])).sub_(y.copy_(b.take(some[1]))).square_()
        squared[start : start + step] = _pairwise_sums(x).cpu().numpy()
    return squared


def _pairwise_sums(values: Tensor) -> Tensor:
    """Return the sum of each row, ``[P]``, and overwrite them.

    Pairwise summation with a fixed order of additions, which library sums do not guarantee.
    """
    width = values.shape[1]
    while width > 1:
        half = width // 2
        values[:, :half].add_(values[:, width - half : width])
        width -= half
    return values[:, 0]
