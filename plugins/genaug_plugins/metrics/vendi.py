"""The Vendi score: the effective number of different samples in a set."""

import numpy as np
import scipy.linalg
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from genaug.errors import DataError
from genaug_plugins.metrics.features import checked_rows
from genaug_plugins.metrics.rows import Rows

_BLOCK = 2**22
"""Number of values processed at once."""


def vendi_score(features: ArrayLike | Tensor) -> float:
    """Measure ``exp(−Σ λ log λ)``, λ the eigenvalues of K/n, K the cosines (Friedman & Dieng 2023).

    1 if all samples have the same direction, n if all are orthogonal, and at most D. It needs no reference;
    it grows with n, so compare sets of equal size.

    The eigenvalues of ``XXᵀ/n``, X the rows at unit length, are those of ``XᵀX/n`` and zeros: the smaller of
    the two matrices is used, so that the cost does not grow with n². Float64.

    Args:
        features: ``[N, D]``, N ≥ 1; array, tensor or memory map.

    Raises:
        DataError: where features are not finite, there are none, or a row is 0 and has no direction.
    """
    rows = checked_rows(features, "features", at_least=1)
    n, d = len(rows), rows.dimensions
    if n <= d:
        unit = _unit(rows, slice(0, n))
        matrix = unit @ unit.T
    else:
        matrix = torch.zeros(d, d, dtype=torch.float64, device=rows.device)
        step = max(1, _BLOCK // d)
        for start in range(0, n, step):
            unit = _unit(rows, slice(start, start + step))
            matrix += unit.T @ unit
    matrix = (matrix / n).cpu()
    shares = scipy.linalg.eigvalsh(matrix.numpy(), overwrite_a=True, check_finite=False)
    shares = shares[shares > 0]
    return float(np.exp(-np.sum(shares * np.log(shares))))


def _unit(rows: Rows, run: slice) -> Tensor:
    values = rows.block(run).double()
    # Divided by the largest value first, so that squares neither overflow nor underflow.
    largest = values.abs().amax(dim=1, keepdim=True)
    zero = (largest == 0).nonzero()
    if len(zero):
        raise DataError(
            f"row {run.start + int(zero[0, 0])} of the features is 0 and has no direction: leave it out, "
            "or check the extractor"
        )
    values = values / largest
    unit: Tensor = values / torch.linalg.vector_norm(values, dim=1, keepdim=True)
    return unit
