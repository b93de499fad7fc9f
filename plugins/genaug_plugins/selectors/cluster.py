"""Keep what is typical of each of a class's clusters."""

from typing import ClassVar, Literal

import faiss
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug.contracts import Candidates, Context, Extractor, Selector
from genaug.data import Selection, TrainView
from genaug.data.samples import FloatArray
from genaug.references import Use
from genaug.seeds import derive_seed
from genaug_plugins.metrics.nearest import nearest


class ClusterSelector(Selector):
    """Cluster each class by k-means on features, and keep the candidates nearest to each centre.

    A reconstruction of the cluster-based selection of Lin et al. (arXiv 2303.13221): clusters are
    found among the candidates, so that the kept ones spread over what the generator can make. The
    other reading, `centres: training`, finds them among the training samples; with `clusters: 1` it
    is the distance to the real class's centroid (Xue et al. 2019).
    """

    name: ClassVar[str] = "cluster"

    clusters: int = Field(default=10, ge=1)
    """Clusters of each class; fewer where a class has fewer distinct samples to cluster."""
    per_cluster: int = Field(default=3, ge=1)
    """Candidates kept of each cluster: those nearest to its centre."""
    centres: Literal["candidates", "training"] = "candidates"
    """Whose features are clustered."""
    extractor: Use[Extractor] | None = None
    """The feature space. None: the pipeline's."""

    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        """Assign each candidate to the nearest centre of its class, and rank it there."""
        labels = candidates.pool.samples.labels
        n = len(labels)
        cluster, distance, rank = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
        reasons = np.full(n, "", dtype="<U100")
        notes = []
        if n:
            features = context.features(self.extractor, candidates.pool.samples)
        if n and self.centres == "training":
            training = context.features(self.extractor, train.samples)
        for label, name in enumerate(train.spec.class_names):
            rows = np.flatnonzero(labels == label)
            if len(rows) == 0:
                continue
            own = features[rows]
            clustered = own if self.centres == "candidates" else training[train.samples.labels == label]
            if len(clustered) == 0:
                reasons[rows] = "its class has no training samples, and so no centres"
                notes.append(f"class {name!r} has no training samples: none of its candidates is kept")
                continue
            centres = _centres(clustered, self.clusters, derive_seed(context.seed, "k-means", str(label)))
            if len(centres) < self.clusters:
                notes.append(
                    f"class {name!r} has {len(centres)} distinct {self.centres} to cluster, "
                    f"fewer than the {self.clusters} clusters asked for"
                )
            found = nearest(own, centres)
            cluster[rows], distance[rows] = found.indices[:, 0], found.distances[:, 0]
            rank[rows] = _ranks(found.indices[:, 0], found.distances[:, 0], candidates.pool.ids[rows])
            for row in rows[rank[rows] > self.per_cluster]:
                reasons[row] = (
                    f"rank {rank[row]:.0f} from the centre of its cluster; {self.per_cluster} are kept"
                )
        scores = {"cluster": cluster, "distance": distance, "rank": rank}
        return Selection(reasons == "", reasons, scores, tuple(notes))


def _centres(features: FloatArray, clusters: int, seed: int) -> FloatArray:
    """Return at most `clusters` centres ``[K, D]`` by Lloyd's algorithm on all the features."""
    # Sorted, so that the order of the samples decides nothing; copies become a weight.
    distinct, counts = np.unique(features, axis=0, return_counts=True)
    if len(distinct) <= clusters:
        return distinct
    # FAISS would drop points beyond 256 a centre in silence, and warn of fewer than 39; its sums
    # depend on the number of threads, and its seed is 31 bits wide.
    k_means = faiss.Kmeans(
        features.shape[1],
        clusters,
        niter=50,
        seed=seed % 2**31,
        min_points_per_centroid=1,
        max_points_per_centroid=len(distinct),
    )
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        k_means.train(distinct, weights=counts.astype(np.float32))
    finally:
        faiss.omp_set_num_threads(threads)
    return np.asarray(k_means.centroids, dtype=np.float32)


def _ranks(
    cluster: NDArray[np.int64], distance: NDArray[np.float64], ids: NDArray[np.str_]
) -> NDArray[np.int64]:
    """Return the rank of each within its cluster, 1 for the nearest; ids settle ties."""
    order = np.lexsort((ids, distance, cluster))
    ordered = cluster[order]
    ranks = np.empty(len(cluster), dtype=np.int64)
    ranks[order] = 1 + np.arange(len(cluster)) - np.searchsorted(ordered, ordered)
    return ranks
