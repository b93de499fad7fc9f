"""Exact nearest neighbours, tile by tile, with defined ties."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from genaug.errors import DataError
from genaug_plugins.metrics.features import checked_rows
from genaug_plugins.metrics.neighbours.distances import Doubles, Indices, Progress, SquaredDistances, Tile
from genaug_plugins.metrics.neighbours.unique_rows import UniqueRows, unique_rows
from genaug_plugins.metrics.rows import Rows


@dataclass(frozen=True, eq=False)
class Nearest:
    """The k nearest points of each query, nearest first.

    Attributes:
        distances: float64 ``[N, k]``; exactly 0 for a copy.
        indices: int64 ``[N, k]``; of equally far points the one with the lower index comes first.
    """

    distances: Doubles
    indices: Indices


def nearest(
    queries: ArrayLike | Tensor, points: ArrayLike | Tensor, k: int = 1, *, progress: Progress | None = None
) -> Nearest:
    """Find the k nearest points of each query by Euclidean distance.

    Distances are computed from differences in float64, so that an offset of the features does not matter.

    Args:
        queries: ``[N, D]``; N may be 0.
        points: ``[M, D]``, M ≥ k.
        k: at least 1.
        progress: called with the number of finished tiles and their total.

    Raises:
        DataError: where features are not finite, differ in D, or the points are fewer than k.
    """
    check_k(k)
    b = checked_rows(points, "the points", at_least=k)
    a = checked_rows(queries, "the queries", at_least=0)
    if a.dimensions != b.dimensions:
        raise DataError(f"queries have {a.dimensions} dimensions and points {b.dimensions}")
    a, b = a.beside(b), b.beside(a)
    queries_once, points_once = unique_rows(a), unique_rows(b)
    squared, indices = k_nearest(queries_once.rows, points_once.rows, k, progress)
    squared, indices = points_once.expanded(squared, indices, queries_once.group, k)
    return Nearest(np.sqrt(squared), indices)


def nearest_others(points: ArrayLike | Tensor, k: int = 1, *, progress: Progress | None = None) -> Nearest:
    """Find the k nearest other points of each point, as `nearest`; a copy of a point is another point.

    Raises:
        DataError: where features are not finite, or the points are not more than k.
    """
    check_k(k)
    once = unique_rows(checked_rows(points, "the points", at_least=k + 1))
    squared, indices = k_nearest_others(once, k, progress)
    return Nearest(np.sqrt(squared), indices)


def check_k(k: int) -> None:
    """Raise DataError if there is no k-th neighbour."""
    if k < 1:
        raise DataError(f"k must be at least 1, not {k}")


def k_nearest_others(once: UniqueRows, k: int, progress: Progress | None = None) -> tuple[Doubles, Indices]:
    """Return squared distances and indices ``[N, k]`` of the k nearest other rows of each row."""
    squared, indices = k_nearest(once.rows, once.rows, k, progress)
    return once.expanded(squared, indices, once.group, k, others=True)


def k_nearest(a: Rows, b: Rows, k: int, progress: Progress | None = None) -> tuple[Doubles, Indices]:
    """Return squared distances and indices ``[N, k]`` of the k nearest b of each a, or of all if there are
    fewer.

    If a is b, no row is its own neighbour. Rows of each set should be distinct, as all equally near ones have
    to be stored.
    """
    within = a is b
    distances = SquaredDistances(a, b)
    search = NearestSearch(distances, len(a), min(k, len(b) - within))
    for tile in distances.tiles(progress):
        search.add(tile)
        if within and tile.rows != tile.columns:
            search.add(tile.transposed)
    return search.result()


class NearestSearch:
    """Finds the k nearest of each row from tiles of bounds in any order.

    Args:
        distances: of the tiles.
        n: number of rows.
        k: number of neighbours, at most the number of columns of each row.
    """

    def __init__(self, distances: SquaredDistances, n: int, k: int) -> None:
        self._distances, self._n, self._k = distances, n, k
        # The k smallest upper bounds of each row so far, ascending: pairs beyond the last one can be
        # discarded.
        self._upper = torch.full((n, k), torch.inf, dtype=distances.dtype, device=distances.device)
        self._candidates: list[tuple[Tensor, Tensor, Tensor]] = []

    def add(self, tile: Tile) -> None:
        """Store the pairs of a tile that may be among the k nearest; each pair must be given only once."""
        if self._k == 0:
            return
        # Groups have no column in common: the k-th least of their bounds is no less than that of all.
        upper = torch.cat([self._upper[tile.rows], tile.least_upper], dim=1)
        upper = upper.topk(self._k, dim=1, largest=False).values
        self._upper[tile.rows] = upper
        i, j, lower = tile.up_to(upper[:, -1])
        self._candidates.append((i + tile.rows.start, j + tile.columns.start, lower))

    def result(self) -> tuple[Doubles, Indices]:
        """Return squared distances and indices ``[n, k]``, nearest first, ties ordered by index."""
        k = self._k
        if k == 0 or self._n == 0:
            return np.zeros((self._n, k)), np.zeros((self._n, k), dtype=np.int64)
        i, j, lower = (torch.cat(parts) for parts in zip(*self._candidates, strict=True))
        near = lower <= self._upper[i, -1]
        rows, columns = i[near].cpu().numpy(), j[near].cpu().numpy()
        exact = self._distances.exact(rows, columns)
        order = np.lexsort((columns, exact, rows))
        first = np.searchsorted(rows[order], np.arange(self._n))
        picked = order[first[:, None] + np.arange(k)]
        return exact[picked], columns[picked]
