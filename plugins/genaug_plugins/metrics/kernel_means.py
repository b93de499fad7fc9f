"""Means of the cubic kernel over the pairs of each sample, tile by tile."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genaug_plugins.metrics.rows import Rows

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]

ALL_PAIRS = 8_000
"""Number of samples up to which every pair is used."""
FEWEST = 1_250
"""Minimum number of samples of a block beyond that."""
_TILE = 512


def block_count(n: int) -> int:
    """Return the number of disjoint blocks for n samples.

    A block has 8,000²/n samples, at least 1,250: between 8,000 and 51,200 samples the number of pairs is that
    of 8,000 samples, beyond that it grows with n and not with n².
    """
    return 1 if n <= ALL_PAIRS else -(-n // max(FEWEST, ALL_PAIRS**2 // n))


class CubicKernel:
    """Computes ``k(x, y) = (x·y/D + 1)³`` of two sets whose mean is about `centre`.

    ``x·y = x̃·ỹ + x̃·c + c·ỹ + c·c`` with rows centred on c: float32 features are multiplied in float32, so
    that rounding is relative to the spread and not to the offset; everything else is float64. The error is
    less than 1e-7 of a kernel's value; float64 features are float64 throughout.
    """

    def __init__(self, x: Rows, y: Rows) -> None:
        self.dimensions = x.dimensions
        # Only a CPU is much slower in float64, and other devices may round float32 products.
        self._dtype = x.dtype if x.device.type == "cpu" else torch.float64
        total = torch.zeros(x.dimensions, dtype=torch.float64)
        for rows in (x, y):
            for run in _runs(len(rows)):
                total += rows.block(run).sum(dim=0, dtype=torch.float64).cpu()
        self._centre = (total / (len(x) + len(y))).to(x.device)
        self._offset = float(self._centre @ self._centre) / x.dimensions + 1.0

    def prepared(self, rows: Rows) -> tuple[Tensor, Tensor]:
        """Return centred rows over √D, ``[N, D]``, and their x̃·c/D, ``[N]``."""
        centred = torch.empty(len(rows), rows.dimensions, dtype=self._dtype, device=rows.device)
        linear = torch.empty(len(rows), dtype=torch.float64, device=rows.device)
        for run in _runs(len(rows)):
            exact = rows.block(run).double() - self._centre
            linear[run] = exact @ self._centre / self.dimensions
            centred[run] = exact.mul_(self.dimensions**-0.5)
        return centred, linear

    def tile(self, a: tuple[Tensor, Tensor], b: tuple[Tensor, Tensor]) -> Tensor:
        """Return the kernel of all pairs, float64 ``[A, B]``."""
        base = (a[0] @ b[0].T).double()
        base += a[1][:, None]
        base += b[1] + self._offset
        return (base * base).mul_(base)


def within(kernel: CubicKernel, rows: Rows, blocks: list[Indices]) -> Doubles:
    """Return the mean of each sample's kernel with the others of its block, ``[N]``."""
    means = np.zeros(len(rows))
    for index in blocks:
        prepared = kernel.prepared(rows.only(index))
        sums = torch.zeros(len(index), dtype=torch.float64, device=rows.device)
        for i in _runs(len(index)):
            for j in _runs(len(index)):
                if j.start < i.start:  # the kernel is symmetric: half of the tiles are enough
                    continue
                tile = kernel.tile(_part(prepared, i), _part(prepared, j))
                if i == j:
                    tile.fill_diagonal_(0.0)
                else:
                    sums[j] += tile.sum(dim=0)
                sums[i] += tile.sum(dim=1)
        means[index] = sums.cpu().numpy() / (len(index) - 1)
    return means


def across(
    kernel: CubicKernel, x: Rows, y: Rows, pairs: list[tuple[Indices, Indices]]
) -> tuple[Doubles, Doubles]:
    """Return the mean of each x's kernel with the y of its block, ``[N]``, and of each y's, ``[M]``."""
    means_x, means_y = np.zeros(len(x)), np.zeros(len(y))
    for of_x, of_y in pairs:
        a, b = kernel.prepared(x.only(of_x)), kernel.prepared(y.only(of_y))
        sums_x, sums_y = (torch.zeros(len(o), dtype=torch.float64, device=x.device) for o in (of_x, of_y))
        for i in _runs(len(of_x)):
            for j in _runs(len(of_y)):
                tile = kernel.tile(_part(a, i), _part(b, j))
                sums_x[i] += tile.sum(dim=1)
                sums_y[j] += tile.sum(dim=0)
        means_x[of_x], means_y[of_y] = sums_x.cpu().numpy() / len(of_y), sums_y.cpu().numpy() / len(of_x)
    return means_x, means_y


def _runs(n: int) -> Iterator[slice]:
    for start in range(0, n, _TILE):
        yield slice(start, min(start + _TILE, n))


def _part(prepared: tuple[Tensor, Tensor], run: slice) -> tuple[Tensor, Tensor]:
    return prepared[0][run], prepared[1][run]
