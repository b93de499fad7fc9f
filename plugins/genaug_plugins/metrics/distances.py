"""Squared distances of many pairs: bounds from a matrix product, exact values where they are needed."""

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]
Bounds = NDArray[Any]

_BLOCK = 2**21
"""Pairs looked at together; some ten arrays of this size are alive at once."""
_CHUNK = 2**20
"""Values differenced together where pairs are computed exactly."""
_PROBE = 64
"""Rows whose nearest neighbours tell whether float32 resolves the distances."""


class SquaredDistances:
    """Hold two sets of rows, and tell how far apart they are.

    ``‖a − b‖² = ‖a‖² + ‖b‖² − 2ab`` is quick and, for near-copies, wrong: the terms cancel. So the
    matrix product (on rows centred on the second set's mean) only bounds each squared distance, by
    the error bound of a dot product, ``|fl(ab) − ab| ≤ D·u·‖a‖‖b‖``. Whoever must decide between two
    pairs asks `exact` for those whose bounds overlap. Decisions so made depend on neither the block
    size nor the order of the rows nor the precision of the bounds, ties included.

    Args:
        a: ``[N, D]``
        b: ``[M, D]``, of the same dtype.
    """

    def __init__(self, a: NDArray[Any], b: NDArray[Any]) -> None:
        self._a, self._b = a, b
        self._centre = b.mean(axis=0, dtype=np.float64)
        self._use(np.float64)
        if len(a) * len(b) > _BLOCK and self._float32_resolves():
            self._use(np.float32)
        self._a_digests, self._b_digests = _digests(a), _digests(b)

    def _use(self, dtype: type[np.floating[Any]]) -> None:
        self._dtype = dtype
        self._centred, self._norms = self._prepared(self._b)
        # Twice the bound above, and room for the roundings of centring, norms, sum and comparisons.
        self._relative = (self._a.shape[1] + 32) * np.finfo(dtype).eps

    def _prepared(self, rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        centred = (rows - self._centre).astype(self._dtype, copy=False)
        return centred, np.einsum("nd,nd->n", centred, centred, dtype=np.float64).astype(self._dtype)

    def _float32_resolves(self) -> bool:
        """Tell whether most bounds will do in float32, at half the time.

        They do where its error is small beside the distance of neighbours; else too many pairs would
        have to be computed exactly.
        """
        rows = np.linspace(0, len(self._a) - 1, _PROBE).astype(np.int64)
        lower, upper = self._bounds(self._a[rows])
        near = float(np.median(np.partition(upper, 1, axis=1)[:, 1]))  # the second nearest: one may be itself
        largest = float(self._norms.max())
        error = (self._a.shape[1] + 32) * np.finfo(np.float32).eps * 2 * float(np.median(self._norms))
        return bool(error < 0.05 * near and near > 1e-25 and largest < 1e30 and np.isfinite(lower).all())

    def blocks(self) -> Iterator[slice]:
        """Yield slices of the rows of `a`, so many at once as fit the memory set aside."""
        step = max(1, _BLOCK // len(self._b))
        for start in range(0, len(self._a), step):
            yield slice(start, min(start + step, len(self._a)))

    def bounds(self, rows: slice) -> tuple[Bounds, Bounds]:
        """Return lower and upper bounds ``[B, M]`` on the way from a block of `a` to all of `b`.

        They are float32 or float64; numbers compared with them may be rounded to their dtype.
        """
        return self._bounds(self._a[rows])

    def _bounds(self, a: NDArray[Any]) -> tuple[Bounds, Bounds]:
        centred, norms = self._prepared(a)
        error = norms[:, None] + self._norms
        middle = centred @ self._centred.T
        middle *= -2
        middle += error
        error *= self._relative
        error += 1e-30  # what underflow may lose
        return middle - error, middle + error

    def exact(self, i: Indices, j: Indices) -> Doubles:
        """Return the squared distances of the pairs (a_i, b_j), ``[P]``; 0 for equal rows."""
        squared = np.zeros(len(i))
        # Equal rows need no arithmetic, and a collapsed set has very many of them.
        unequal = np.flatnonzero(self._a_digests[i] != self._b_digests[j])
        step = max(1, _CHUNK // self._a.shape[1])
        for start in range(0, len(unequal), step):
            pairs = unequal[start : start + step]
            difference = np.subtract(self._a[i[pairs]], self._b[j[pairs]], dtype=np.float64)
            squared[pairs] = np.square(difference, out=difference).sum(axis=1)
        return squared


def _digests(rows: NDArray[Any]) -> NDArray[np.bytes_]:
    # A trailing byte keeps numpy from stripping a digest's own zeros, and so from joining two.
    return np.array([hashlib.blake2b(row.data, digest_size=15).digest() + b"." for row in rows], dtype="S16")
