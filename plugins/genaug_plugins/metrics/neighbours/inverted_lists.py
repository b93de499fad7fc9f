"""An index of very many points by inverted lists, whose recall is measured."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import isqrt

import faiss
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from torch import Tensor

from genaug_plugins.metrics.neighbours.distances import Doubles, Indices, Progress, mean
from genaug_plugins.metrics.neighbours.exact_distances import exact_squared
from genaug_plugins.metrics.neighbours.nearest import k_nearest
from genaug_plugins.metrics.rows import Rows

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


class InvertedLists:
    """An index of distinct points: 4·√n lists by k-means, one byte for each value (FAISS, IVF and SQ8).

    Args:
        points: ``[M, D]``, distinct.
        seed: of k-means and of the queries on which recall is measured.
    """

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
        with one_thread():  # the order of additions in k-means must not depend on threads
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
        recall = self._increase_probes(queries, k)
        squared, indices = np.zeros((len(queries), k)), np.zeros((len(queries), k), dtype=np.int64)
        for start in range(0, len(queries), self._block):
            run = np.arange(start, min(start + self._block, len(queries)))
            squared[run], indices[run] = self._search(queries, run, k)
            if progress is not None:
                progress(int(run[-1]) + 1, len(queries))
        kind = (
            f"FAISS IVF{self._lists},SQ8 of {len(self._points)} points, trained on {self._trained_on} of "
            f"them, {self._index.nprobe} lists probed, re-ranked by exact distances"
        )
        return squared, indices, recall, kind

    def _increase_probes(self, queries: Rows, k: int) -> float:
        """Increase the number of probed lists until the recall on a sample of the queries is reached."""
        if len(queries) == 0:
            return 1.0
        random = np.random.default_rng([self._seed, 1])
        sample = np.sort(random.choice(len(queries), min(_MEASURED, len(queries)), replace=False))
        true = self._exhaustive(queries, sample, k)[0][:, -1]
        most = max(1, _SCANNED * self._lists // len(self._points))
        self._index.nprobe = 1
        while True:
            found = self._search(queries, sample, k)[0]
            recall = float((found <= true[:, None]).mean())  # ties count as found
            if recall >= _WANTED or self._index.nprobe >= most:
                return recall
            self._index.nprobe = min(2 * self._index.nprobe, most)

    def _search(self, queries: Rows, run: Indices, k: int) -> tuple[Doubles, Indices]:
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
def one_thread() -> Iterator[None]:
    """Use one thread in FAISS and in the libraries below it, so that sums do not depend on their number."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        faiss.omp_set_num_threads(threads)
