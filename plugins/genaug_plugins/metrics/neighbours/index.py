"""Nearest neighbours among very many points: exact up to a size, beyond it by an index of known recall."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

from genaug.errors import DataError
from genaug_plugins.metrics.features import checked_rows
from genaug_plugins.metrics.neighbours.distances import Doubles, Indices, Progress
from genaug_plugins.metrics.neighbours.inverted_lists import InvertedLists
from genaug_plugins.metrics.neighbours.nearest import check_k, k_nearest, k_nearest_others
from genaug_plugins.metrics.neighbours.unique_rows import unique_rows

EXACT_UP_TO = 50_000
"""Number of points up to which the search is exact."""


@dataclass(frozen=True, eq=False)
class IndexedNearest:
    """The k nearest points of each query, as far as an index finds them.

    Attributes:
        distances: float64 ``[N, k]``, nearest first; exact for the points found, 0 for a copy.
        indices: int64 ``[N, k]``; of equally far points the one with the lower index comes first.
        recall: share of the true k nearest points that were found, measured against the exact search
            on a sample of the queries; 1 where the search is exact.
        kind: description of the search, with its settings.
    """

    distances: Doubles
    indices: Indices
    recall: float
    kind: str


def nearest_indexed(
    queries: ArrayLike | Tensor,
    points: ArrayLike | Tensor,
    k: int = 1,
    *,
    seed: int,
    exact_up_to: int = EXACT_UP_TO,
    progress: Progress | None = None,
) -> IndexedNearest:
    """Find the k nearest points of each query, among a million points in minutes.

    Up to `exact_up_to` distinct points the search is `nearest`'s. Beyond, FAISS assigns the points to 4·√n
    lists by k-means and stores one byte per value (IVF, SQ8); a query probes as many lists as are needed to
    find 95 % of the true neighbours of a sample of the queries, or as contain 1,024 points: the resulting
    recall is reported. Results are ranked by distances computed from the features. Queries are processed
    block by block.

    Args:
        queries: ``[N, D]``; N may be 0.
        points: ``[M, D]``, M ≥ k.
        k: at least 1.
        seed: of k-means and the samples.
        exact_up_to: the number of points beyond which an index is built.
        progress: called with the finished amount and the total.

    Raises:
        DataError: where features are not finite, differ in D, or the points are fewer than k.
    """
    check_k(k)
    b = checked_rows(points, "the points", at_least=k)
    a = checked_rows(queries, "the queries", at_least=0)
    if a.dimensions != b.dimensions:
        raise DataError(f"queries have {a.dimensions} dimensions and points {b.dimensions}")
    once, asked = unique_rows(b.beside(a)), unique_rows(a.beside(b))
    if len(once.rows) <= exact_up_to:
        squared, indices = k_nearest(asked.rows, once.rows, k, progress)
        recall, kind = 1.0, f"exact search of {len(once.rows)} points"
    else:
        index = InvertedLists(once.rows, seed)
        squared, indices, recall, kind = index.nearest(asked.rows, min(k, len(once.rows)), progress)
    squared, indices = once.expanded(squared, indices, asked.group, k)
    return IndexedNearest(np.sqrt(squared), indices, recall, kind)


def nearest_others_indexed(
    points: ArrayLike | Tensor,
    k: int = 1,
    *,
    seed: int,
    exact_up_to: int = EXACT_UP_TO,
    progress: Progress | None = None,
) -> IndexedNearest:
    """Find the k nearest other points of each point, as `nearest_indexed`; a copy is another point.

    Raises:
        DataError: where features are not finite, or the points are not more than k.
    """
    check_k(k)
    once = unique_rows(checked_rows(points, "the points", at_least=k + 1))
    if len(once.rows) <= exact_up_to:
        squared, indices = k_nearest_others(once, k, progress)
        recall, kind = 1.0, f"exact search of {len(once.rows)} points"
    else:
        index = InvertedLists(once.rows, seed)
        squared, indices, recall, kind = index.nearest(once.rows, min(k, len(once.rows) - 1), progress)
        squared, indices = once.expanded(squared, indices, once.group, k, others=True)
    return IndexedNearest(np.sqrt(squared), indices, recall, kind)
