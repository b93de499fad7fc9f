"""Removal of near-duplicates: points no two of which are nearer than a distance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genaug_plugins.metrics.neighbours.distances import Doubles, Indices, Progress
from genaug_plugins.metrics.neighbours.index import EXACT_UP_TO, nearest_others_indexed
from genaug_plugins.metrics.neighbours.nearest import nearest

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]

_BLOCK = 1024
"""Number of points that are compared at once with those kept before them."""
_NEIGHBOURS = 8
"""Number of neighbours searched for each point; most points have fewer within a useful threshold."""


@dataclass(frozen=True, eq=False)
class Deduplicated:
    """The result of deduplication.

    Attributes:
        kept: bool ``[N]``.
        nearest: float64 ``[N]``, the distance to the nearest other point found, kept or not; NaN of a
            single one.
        recall: share of the neighbours that are found, as `nearest_others_indexed` measures it.
        kind: description of the search.
    """

    kept: Mask
    nearest: Doubles
    recall: float
    kind: str


def deduplicate(
    points: Floats,
    threshold: float,
    *,
    seed: int,
    exact_up_to: int = EXACT_UP_TO,
    progress: Progress | None = None,
) -> Deduplicated:
    """Keep each point, in order, that is neither nearer than the threshold to a kept one nor its copy.

    Every dropped point is that near to a kept one. No two kept ones are, as far as neighbours are found; the
    search is exact up to `exact_up_to` distinct points.

    Args:
        points: ``[N, D]``, finite; in order of priority.
        threshold: at least 0.
        seed: of the index.
        exact_up_to: the number of points beyond which an index is built.
        progress: called with the finished amount of the search and its total.
    """
    n, k = len(points), min(_NEIGHBOURS, len(points) - 1)
    if n < 2:
        return Deduplicated(np.ones(n, np.bool_), np.full(n, np.nan), 1.0, f"{n} points")
    found = nearest_others_indexed(points, k, seed=seed, exact_up_to=exact_up_to, progress=progress)
    near = _too_near(found.distances, threshold)
    pairs = _Pairs(n, near, found.indices)
    crowded = near[:, -1] & (k < n - 1)  # such points may have more neighbours than were searched
    kept = np.ones(n, dtype=np.bool_)
    close = np.flatnonzero(pairs.any)  # no other can drop or be dropped
    kept[close] = False
    for start in range(0, len(close), _BLOCK):
        rows = close[start : start + _BLOCK]
        # Only pairs of two crowded points can be missing.
        some, before = rows[crowded[rows]], close[:start][(crowded & kept)[close[:start]]]
        free = np.ones(n, dtype=np.bool_)
        if len(some) and len(before):
            free[some] = ~_too_near(nearest(points[some], points[before]).distances[:, 0], threshold)
        crowd: list[int] = []
        for row in rows.tolist():
            if free[row] and not kept[pairs.of(row)].any():
                if crowded[row]:
                    difference = np.subtract(points[crowd], points[row], dtype=np.float64)
                    distances = np.sqrt(np.einsum("nd,nd->n", difference, difference))
                    if _too_near(distances, threshold).any():
                        continue
                    crowd.append(row)
                kept[row] = True
    return Deduplicated(kept, found.distances[:, 0], found.recall, found.kind)


class _Pairs:
    """The pairs of points that are too near, found from the neighbours of either of the two.

    Args:
        n: number of points.
        near: bool ``[N, k]``, whether a neighbour is too near.
        indices: int64 ``[N, k]``, the neighbours.
    """

    def __init__(self, n: int, near: Mask, indices: Indices) -> None:
        one, two = np.nonzero(near)[0], indices[near]
        order = np.argsort(np.concatenate([one, two]), kind="stable")
        self._others = np.concatenate([two, one])[order]
        counts = np.bincount(one, minlength=n) + np.bincount(two, minlength=n)
        self._starts = np.concatenate([[0], np.cumsum(counts)])
        self.any: Mask = counts > 0

    def of(self, row: int) -> Indices:
        """Return the points that are too near to one; some of them twice."""
        return self._others[self._starts[row] : self._starts[row + 1]]


def _too_near(distances: Doubles, threshold: float) -> Mask:
    near: Mask = (distances < threshold) | (distances == 0)
    return near
