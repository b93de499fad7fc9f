"""Nearest neighbours, block by block, exact to the last tie."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genaug.errors import DataError
from genaug_plugins.metrics.distances import Bounds, Doubles, Indices, SquaredDistances
from genaug_plugins.metrics.features import checked_features


@dataclass(frozen=True, eq=False)
class Nearest:
    """Hold the k nearest points of each query, nearest first.

    Attributes:
        distances: float64 ``[N, k]``; exactly 0 for a copy.
        indices: int64 ``[N, k]``; of equally far points the one with the lower index comes first.
    """

    distances: Doubles
    indices: Indices


def nearest(queries: ArrayLike, points: ArrayLike, k: int = 1) -> Nearest:
    """Find the k nearest points of each query by Euclidean distance.

    Distances are computed from differences in float64, whatever the features' offset.

    Args:
        queries: ``[N, D]``; N may be 0.
        points: ``[M, D]``, M ≥ k.
        k: at least 1.

    Raises:
        DataError: where features are not finite, differ in D, or the points are fewer than k.
    """
    check_k(k)
    points = checked_features(points, "the points", at_least=k)
    queries = checked_features(queries, "the queries", at_least=0)
    if queries.shape[1] != points.shape[1]:
        raise DataError(f"queries have {queries.shape[1]} dimensions and points {points.shape[1]}")
    dtype = np.result_type(queries, points)
    distances = SquaredDistances(queries.astype(dtype, copy=False), points.astype(dtype, copy=False))
    return k_nearest(distances, len(queries), k, skip_self=False)


def nearest_others(points: ArrayLike, k: int = 1) -> Nearest:
    """Find the k nearest other points of each point, as `nearest`; a copy of a point is another point.

    Raises:
        DataError: where features are not finite, or the points are not more than k.
    """
    check_k(k)
    points = checked_features(points, "the points", at_least=k + 1)
    return k_nearest(SquaredDistances(points, points), len(points), k, skip_self=True)


def check_k(k: int) -> None:
    """Raise DataError where there is no k-th neighbour."""
    if k < 1:
        raise DataError(f"k must be at least 1, not {k}")


def k_nearest(
    distances: SquaredDistances, n: int, k: int, *, skip_self: bool, squared: bool = False
) -> Nearest:
    """Find the k nearest b of each of the n rows of a, as distances or as their squares."""
    values, indices = np.zeros((n, k)), np.zeros((n, k), dtype=np.int64)
    for rows in distances.blocks():
        lower, upper = distances.bounds(rows)
        if skip_self:
            own = np.arange(rows.stop - rows.start), np.arange(rows.start, rows.stop)
            lower[own] = upper[own] = np.inf
        values[rows], indices[rows] = nearest_in_block(distances, rows, lower, upper, k)
    return Nearest(values if squared else np.sqrt(values), indices)


def nearest_in_block(
    distances: SquaredDistances, rows: slice, lower: Bounds, upper: Bounds, k: int
) -> tuple[Doubles, Indices]:
    """Return squared distances and indices ``[B, k]`` of the k nearest of each row of a block."""
    kth = np.partition(upper, k - 1, axis=1)[:, k - 1]
    i, j = np.nonzero(lower <= kth[:, None])  # no other can be among the k nearest
    exact = distances.exact(i + rows.start, j)
    order = np.lexsort((j, exact, i))
    first = np.searchsorted(i, np.arange(len(lower)))  # nonzero goes row by row: i is sorted
    picked = order[first[:, None] + np.arange(k)]
    return exact[picked], j[picked]
