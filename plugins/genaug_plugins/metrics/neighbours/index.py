"""Nearest neighbours among very many points: exact up to a size, beyond it by an index of known recall."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isqrt

import faiss
import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits
from torch import Tensor

from genaug.errors import DataError
from genaug_plugins.metrics.features import checked_rows
from genaug_plugins.metrics.neighbours.distances import Doubles, Indices, Progress, exact_squared, mean
from genaug_plugins.metrics.neighbours.nearest import check_k, k_nearest, k_nearest_others
from genaug_plugins.metrics.neighbours.unique_rows import UniqueRows, unique_rows
from genaug_plugins.metrics.rows import Rows

EXACT_UP_TO = 50_000
"""Number of points up to which the search is exact."""
_PER_LIST = 40
"""Training points per list: the minimum that FAISS accepts without a warning."""
_ITERATIONS = 8
_MEASURED = 500
"""Number of queries on which recall is measured."""
_WANTED = 0.95
"""Recall at which the number of probed lists is not increased further."""
_SCANNED = 1024
"""Maximum number of points scanned for a query: with more, the cost would grow with the square of their
number for features without clusters, and a high recall would cost as much as the exact search."""
_VALUES = 2**22
"""Number of values given to the index at once."""


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
        recall, kind = 1.0, _exact(once)
    else:
        index = _Index(once.rows, seed)
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
        return IndexedNearest(np.sqrt(squared), indices, 1.0, _exact(once))
    index = _Index(once.rows, seed)
    squared, indices, recall, kind = index.nearest(once.rows, min(k, len(once.rows) - 1), progress)
    squared, indices = once.expanded(squared, indices, once.group, k, others=True)
    return IndexedNearest(np.sqrt(squared), indices, recall, kind)


def _exact(once: UniqueRows) -> str:
    return f"exact search of {len(once.rows)} points"


class _Index:
    """Search distinct points by inverted lists."""

    def __init__(self, points: Rows, seed: int) -> None:
        n, d = len(points), points.dimensions
        self._points, self._seed = points, seed
        self._centre = mean(points)
        self._lists = max(1, min(4 * isqrt(n), n // _PER_LIST))
        self._block = max(1, _VALUES // d)
        random = np.random.default_rng(seed)
        self._trained_on = min(n, self._lists * _PER_LIST)
        sample = np.sort(random.choice(n, self._trained_on, replace=False))
        self._index = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatL2(d), d, self._lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_L2
        )
        clustering = self._index.cp
        clustering.seed, clustering.niter = seed % 2**31, _ITERATIONS
        clustering.max_points_per_centroid = _PER_LIST
        with _one_thread():  # the order of additions in k-means must not depend on threads
            self._index.train(self._values(points.take(sample)))
        for start in range(0, n, self._block):
            self._index.add(self._values(points.block(slice(start, start + self._block))))

    def _values(self, rows: Tensor) -> NDArray[np.float32]:
        """Return rows in the form that the index reads: centred, so that float32 resolves them."""
        return np.ascontiguousarray((rows - self._centre.to(rows.dtype)).float().cpu().numpy())

    def nearest(
        self, queries: Rows, k: int, progress: Progress | None
    ) -> tuple[Doubles, Indices, float, str]:
        """Return squared distances and indices ``[N, k]``, the recall, and the description of the search."""
        recall = self._tune(queries, k)
        squared, indices = np.zeros((len(queries), k)), np.zeros((len(queries), k), dtype=np.int64)
        for start in range(0, len(queries), self._block):
            run = np.arange(start, min(start + self._block, len(queries)))
            squared[run], indices[run] = self._searched(queries, run, k)
            if progress is not None:
                progress(int(run[-1]) + 1, len(queries))
        kind = (
            f"FAISS IVF{self._lists},SQ8 of {len(self._points)} points, trained on {self._trained_on} of "
            f"them, {self._index.nprobe} lists probed, re-ranked by exact distances"
        )
        return squared, indices, recall, kind

    def _tune(self, queries: Rows, k: int) -> float:
        """Increase the number of probed lists until the recall on a sample of the queries is reached."""
        if len(queries) == 0:
            return 1.0
        random = np.random.default_rng([self._seed, 1])
        sample = np.sort(random.choice(len(queries), min(_MEASURED, len(queries)), replace=False))
        true = self._exhaustive(queries, sample, k)[0][:, -1]
        most = max(1, _SCANNED * self._lists // len(self._points))
        self._index.nprobe = 1
        while True:
            found = self._searched(queries, sample, k)[0]
            recall = float((found <= true[:, None]).mean())  # ties count as found
            if recall >= _WANTED or self._index.nprobe >= most:
                return recall
            self._index.nprobe = min(2 * self._index.nprobe, most)

    def _searched(self, queries: Rows, run: Indices, k: int) -> tuple[Doubles, Indices]:
        """Return the k nearest that the index finds, by exact distances."""
        own = queries is self._points
        wanted = 2 * k + 8 + own  # the quantized order differs slightly from the exact one
        _, found = self._index.search(self._values(queries.take(run)), min(wanted, len(self._points)))
        valid = found >= 0
        if own:
            valid &= found != run[:, None]
        row, _ = np.nonzero(valid)
        point = found[valid].astype(np.int64)
        distance = exact_squared(queries, self._points, run[row], point)
        order = np.lexsort((point, distance, row))
        starts = np.searchsorted(row, np.arange(len(run) + 1))
        enough = np.diff(starts) >= k
        squared, indices = np.zeros((len(run), k)), np.zeros((len(run), k), dtype=np.int64)
        picked = order[starts[:-1][enough, None] + np.arange(k)]
        squared[enough], indices[enough] = distance[picked], point[picked]
        if not enough.all():  # the probed lists contain too few
            squared[~enough], indices[~enough] = self._exhaustive(queries, run[~enough], k)
        return squared, indices

    def _exhaustive(self, queries: Rows, run: Indices, k: int) -> tuple[Doubles, Indices]:
        own = queries is self._points
        squared, indices = k_nearest(queries.only(run), self._points, k + own)
        if not own:
            return squared, indices
        others = indices != run[:, None]
        others[others.all(axis=1), -1] = False
        return squared[others].reshape(-1, k), indices[others].reshape(-1, k)


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        faiss.omp_set_num_threads(threads)
