"""Squared distances of many pairs: bounds from a matrix product, exact values where they are needed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from genaug_plugins.metrics.neighbours.exact_distances import exact_squared
from genaug_plugins.metrics.neighbours.tile import Doubles, Tile, filled, length, padded
from genaug_plugins.metrics.rows import Indices, Rows

Progress = Callable[[int, int], None]
"""Called with the number of finished tiles of pairs and their total."""

_TILE = 1024
"""Rows of either set in a tile: the tile and intermediate results fit into the cache."""
_SMALL = 2**20
"""Number of pairs up to which float64 is always used."""
_PROBE = 32
"""Number of rows whose nearest neighbours are used to test whether float32 resolves the distances."""

__all__ = [
    "Doubles",
    "Indices",
    "Progress",
    "SquaredDistances",
    "Tile",
    "mean",
    "tile_count",
]


class SquaredDistances:
    """The squared distances between two sets of rows.

    ``‖a − b‖² = ‖a‖² + ‖b‖² − 2ab`` is fast but inaccurate for near-copies: the terms cancel. So the
    matrix product (on rows centred on the second set's mean) only bounds each squared distance, by
    the error bound of a dot product, ``|fl(ab) − ab| ≤ D·u·‖a‖‖b‖ ≤ D·u·(‖a‖² + ‖b‖²)/2``. Comparisons of
    pairs whose bounds overlap use `exact`. Their results, including ties, do not depend on the tiles, the
    order of the rows, the precision of the bounds or the device.

    Args:
        a: ``[N, D]``
        b: ``[M, D]``, of the same dtype and device; `a` itself for the distances within one set.
    """

    def __init__(self, a: Rows, b: Rows) -> None:
        self._a, self._b = a, b
        self._centre = mean(b)
        self._use(torch.float32)
        if len(a) * len(b) <= _SMALL or not self._float32_resolves():
            self._use(torch.float64)

    def _use(self, dtype: torch.dtype) -> None:
        self._dtype = dtype
        # Twice the bound above, and room for the roundings of centring, norms, sums and comparisons.
        self._relative = (self._a.dimensions + 32) * torch.finfo(dtype).eps
        self._b_norms = self._norms(self._b)
        self._a_norms = self._b_norms if self._a is self._b else self._norms(self._a)
        self._a_lower, self._a_slack = self._bounds(self._a_norms)
        self._b_lower, self._b_slack = self._bounds(self._b_norms)

    def _norms(self, rows: Rows) -> Tensor:
        norms = torch.zeros(len(rows), dtype=torch.float64, device=rows.device)
        for run in _runs(rows):
            norms[run] = torch.linalg.vector_norm(self._centred(rows.block(run)), dim=1, dtype=torch.float64)
        return norms.square_()

    def _bounds(self, norms: Tensor) -> tuple[Tensor, Tensor]:
        """Return a row's contribution to the lower bound, and to the gap between the bounds."""
        underflow = 4 * self._a.dimensions * torch.finfo(self._dtype).tiny  # of the squares of a row
        error = self._relative * norms + underflow
        return (norms - error).to(self._dtype), (2 * error).to(self._dtype)

    def _centred(self, block: Tensor, out: Tensor | None = None) -> Tensor:
        if block.dtype == self._dtype == torch.float32:
            return torch.sub(block, self._centre.float(), out=out)
        return (block.double() - self._centre).to(self._dtype)

    def _float32_resolves(self) -> bool:
        """Return whether bounds in float32, which take half the time, are accurate enough.

        They are if its error is small compared with the distance of neighbours; otherwise too many pairs
        would have to be computed exactly.
        """
        probe = self._a.take(np.linspace(0, len(self._a) - 1, _PROBE).astype(np.int64))
        left = self._centred(probe)
        norms, near = left.square().sum(dim=1), torch.full((_PROBE, 2), torch.inf).to(left)
        for run in _runs(self._b):
            right = self._centred(self._b.block(run))
            squared = norms[:, None] + self._b_norms[run] - 2 * (left @ right.T)
            near = torch.cat([near, squared], dim=1).topk(2, dim=1, largest=False).values
        second = float(near[:, 1].median())  # the second nearest: one may be itself
        error = (self._a.dimensions + 32) * torch.finfo(torch.float32).eps * 2 * float(self._b_norms.median())
        largest = max(float(self._a_norms.max()), float(self._b_norms.max()))
        return error < 0.05 * second and second > 1e-25 and largest < 1e30

    @property
    def dtype(self) -> torch.dtype:
        """The precision of the bounds; values compared with them may be rounded to it."""
        return self._dtype

    @property
    def device(self) -> torch.device:
        """Device of the bounds."""
        return self._a.device

    def tiles(self, progress: Progress | None = None) -> Iterator[Tile]:
        """Yield bounds of all pairs, a tile at a time; a tile is overwritten by the next one.

        Within one set each unordered pair occurs once; the diagonal is infinite.
        """
        within = self._a is self._b
        runs, others = _runs(self._a), _runs(self._b)
        done, total = 0, tile_count(self._a, self._b)
        # Buffers are reused: allocating memory of this size takes longer than filling it.
        pairs, side = (torch.empty(0, 0, dtype=self._dtype, device=self.device) for _ in range(2))
        for n, rows in enumerate(runs):
            left = self._centred(self._a.block(rows))
            for columns in others[n if within else 0 :]:
                if within and columns == rows:
                    right = left
                else:
                    side = _shaped(side, (length(columns), left.shape[1]))
                    right = self._centred(self._b.block(columns), out=side)
                pairs = _shaped(pairs, (padded(rows), padded(columns)))
                lower = pairs[: len(left), : len(right)]
                torch.add(self._a_lower[rows, None], self._b_lower[columns], out=lower)
                with _full_precision(lower.device):
                    lower.addmm_(left, right.T, alpha=-2)
                pairs[len(left) :] = torch.inf
                pairs[:, len(right) :] = torch.inf
                if within and columns == rows:
                    pairs.fill_diagonal_(torch.inf)
                slacks = filled(self._a_slack[rows]), filled(self._b_slack[columns])
                yield Tile(pairs, rows, columns, *slacks, self.exact)
                done += 1
                if progress is not None:
                    progress(done, total)

    def exact(self, i: Indices, j: Indices) -> Doubles:
        """Return the squared distances of the pairs (a_i, b_j), ``[P]``; 0 for equal rows.

        The result for a pair is the same to the bit in any batch, in either order and on any device.
        """
        return exact_squared(self._a, self._b, i, j)


def tile_count(a: Rows, b: Rows) -> int:
    """Return the number of tiles of two sets of rows, or of one set with itself."""
    runs, others = len(_runs(a)), len(_runs(b))
    return runs * (runs + 1) // 2 if a is b else runs * others


def _runs(rows: Rows) -> list[slice]:
    return [slice(start, min(start + _TILE, len(rows))) for start in range(0, len(rows), _TILE)]


def mean(rows: Rows) -> Tensor:
    """Return the mean of all rows, float64 ``[D]``."""
    total = torch.zeros(rows.dimensions, dtype=torch.float64, device=rows.device)
    for run in _runs(rows):
        total += rows.block(run).sum(dim=0, dtype=torch.float64)
    return total / max(1, len(rows))


def _shaped(buffer: Tensor, shape: tuple[int, int]) -> Tensor:
    """Return the buffer, or a new one if the shape differs."""
    return buffer if buffer.shape == shape else buffer.new_empty(shape)


@contextmanager
def _full_precision(device: torch.device) -> Iterator[None]:
    """Disable reduced-precision products (such as TF32), which the caller may have enabled."""
    allowed = torch.get_float32_matmul_precision()
    try:
        if allowed != "highest":
            torch.set_float32_matmul_precision("highest")
        with torch.autocast(device.type, enabled=False):
            yield
    finally:
        if allowed != "highest":
            torch.set_float32_matmul_precision(allowed)
