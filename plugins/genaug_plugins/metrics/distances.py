"""Squared distances of many pairs: bounds from a matrix product, exact values where they are needed."""

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]

_BLOCK = 2**21
"""Pairs looked at together; some ten arrays of this size are alive at once."""
_CHUNK = 2**20
"""Values differenced together where pairs are computed exactly."""


class SquaredDistances:
    """Hold two sets of rows, and tell how far apart they are.

    ``‖a − b‖² = ‖a‖² + ‖b‖² − 2ab`` is quick and, for near-copies, wrong: the terms cancel. So the
    matrix product (in float64, on rows centred on the second set's mean) only bounds each squared
    distance, by the error bound of a dot product, ``|fl(ab) − ab| ≤ D·u·‖a‖‖b‖``. Whoever must
    decide between two pairs asks `exact` for those whose bounds overlap. Decisions so made depend on
    neither the block size nor the order of the rows, ties included.

    Args:
        a: ``[N, D]``
        b: ``[M, D]``, of the same dtype.
    """

    def __init__(self, a: NDArray[Any], b: NDArray[Any]) -> None:
        self._a, self._b = a, b
        self._centre = b.mean(axis=0, dtype=np.float64)
        self._centred = b - self._centre
        self._norms = np.einsum("md,md->m", self._centred, self._centred)
        # Twice the bound above, plus room for the roundings of centring, norms and sum.
        self._relative = (a.shape[1] + 16) * np.finfo(np.float64).eps
        self._a_digests, self._b_digests = _digests(a), _digests(b)

    def blocks(self) -> Iterator[slice]:
        """Yield slices of the rows of `a`, so many at once as fit the memory set aside."""
        step = max(1, _BLOCK // len(self._b))
        for start in range(0, len(self._a), step):
            yield slice(start, min(start + step, len(self._a)))

    def bounds(self, rows: slice) -> tuple[Doubles, Doubles]:
        """Return lower and upper bounds ``[B, M]`` on the way from a block of `a` to all of `b`."""
        a = self._a[rows] - self._centre
        sums = np.einsum("nd,nd->n", a, a)[:, None] + self._norms
        product = a @ self._centred.T
        product *= -2.0
        product += sums
        sums *= self._relative
        return product - sums, product + sums

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
