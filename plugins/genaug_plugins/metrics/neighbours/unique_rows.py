"""Deduplication of equal rows, so that a collapsed set needs few comparisons."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genaug_plugins.metrics.rows import Indices, Rows

Doubles = NDArray[np.float64]

_BLOCK = 2**18
"""Number of values hashed at once, and of neighbours expanded at once."""


@dataclass(frozen=True, eq=False)
class UniqueRows:
    """The unique rows of a set, and which rows are equal.

    Attributes:
        rows: each distinct row once, ``[U, D]``, in the order in which they first occur.
        first: int64 ``[U]``, index of the first occurrence of each.
        group: int64 ``[N]``, index of the distinct row of each row.
        counts: int64 ``[U]``, number of occurrences of each.
        members: int64 ``[N]``, the rows sorted by group, and within it by index.
    """

    rows: Rows
    first: Indices
    group: Indices
    counts: Indices
    members: Indices

    def expanded(
        self, squared: Doubles, indices: Indices, of: Indices, k: int, *, others: bool = False
    ) -> tuple[Doubles, Indices]:
        """Return the k nearest rows, given each query's k nearest distinct rows, or all if there are fewer.

        Args:
            squared: ``[Q, k']``, ascending.
            indices: ``[Q, k']``, of distinct rows.
            of: ``[N]``, whose neighbours to return: rows of the above, repeats allowed.
            k: number of rows to return.
            others: the queries are the rows themselves, ``of`` is `group`, and a row's copies, which
                are not in ``indices``, come before all others, without the row itself.

        Returns:
            float64 and int64 ``[N, k]``; of equally far ones the lower index comes first.
        """
        if len(self.first) == len(self.group):
            return squared[of], indices[of]
        distances, found = np.zeros((len(of), k)), np.zeros((len(of), k), dtype=np.int64)
        step = max(1, _BLOCK // (squared.shape[1] + 1))
        for start in range(0, len(of), step):
            rows = slice(start, min(start + step, len(of)))
            near, far = indices[of[rows]], squared[of[rows]]
            if others:
                near = np.concatenate([of[rows, None], near], axis=1)
                far = np.concatenate([np.zeros((len(far), 1)), far], axis=1)
            distances[rows], found[rows] = self._block(near, far, k, rows.start if others else None)
        return distances, found

    def _block(self, near: Indices, far: Doubles, k: int, own: int | None) -> tuple[Doubles, Indices]:
        taken = np.minimum(self.counts[near], k + (own is not None))  # more copies of one are never needed
        repeats = taken.ravel()
        row = np.repeat(np.arange(len(near)), taken.sum(axis=1))
        nth = np.arange(len(row)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
        starts = np.cumsum(self.counts) - self.counts
        index = self.members[np.repeat(starts[near].ravel(), repeats) + nth]
        distance = np.repeat(far.ravel(), repeats)
        if own is not None:
            another = index != row + own
            row, index, distance = row[another], index[another], distance[another]
        order = np.lexsort((index, distance, row))
        picked = order[np.searchsorted(row, np.arange(len(near)))[:, None] + np.arange(k)]
        return distance[picked], index[picked]


def unique_rows(rows: Rows) -> UniqueRows:
    """Find equal rows by a hash of each, and verify by comparison."""
    _, first, group = np.unique(_hashes(rows), return_index=True, return_inverse=True)
    everything = np.arange(len(rows))
    leader = first[group]
    repeated = np.flatnonzero(leader != everything)
    if len(repeated) == 0:
        return UniqueRows(rows, everything, everything, np.ones(len(rows), dtype=np.int64), everything)
    step = max(1, _BLOCK // rows.dimensions)
    for start in range(0, len(repeated), step):
        some = repeated[start : start + step]
        equal = (rows.take(some) == rows.take(leader[some])).all(dim=1).cpu().numpy()
        leader[some[~equal]] = some[~equal]  # treated as different from all others, which is always safe
    first, group, counts = np.unique(leader, return_inverse=True, return_counts=True)
    return UniqueRows(rows.only(first), first, group, counts, np.argsort(group, kind="stable"))


def _hashes(rows: Rows) -> Indices:
    """Return Σ_d w_d·bits_d mod 2⁶⁴ of each row, with random odd w: fast, and the same on any device."""
    bits = torch.int32 if rows.dtype == torch.float32 else torch.int64
    random = torch.Generator().manual_seed(0)
    weights = torch.randint(-(2**62), 2**62, (rows.dimensions,), generator=random).to(rows.device) | 1
    hashes = torch.zeros(len(rows), dtype=torch.int64, device=rows.device)
    step = max(1, _BLOCK // rows.dimensions)
    for start in range(0, len(rows), step):
        run = slice(start, start + step)
        values: Tensor = (rows.block(run) + 0.0).view(bits).long()  # -0 becomes 0
        values ^= values >> 29  # the low bits of round numbers are all zero
        hashes[run] = values.mul_(weights).sum(dim=1)
    return hashes.cpu().numpy()
