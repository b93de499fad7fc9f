"""Selection of the candidates nearest to the cluster centres of their class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Candidates, Context, Extractor, RankingSelector
from genaug.data import DataFacts, Scores, TrainView
from genaug.data.samples import FloatArray, IntArray, content_ids
from genaug.data.seeds import derive_seed
from genaug.errors import DataError


class ClusterSelector(RankingSelector):
    """Cluster each class by k-means on features, and keep the candidates nearest to each centre.

    A reconstruction of the cluster-based selection of Lin et al. (arXiv 2303.13221): clusters are
    found among the candidates, so that the kept ones cover the generator's variety. The other variant,
    `centres: training`, clusters the training samples; with `clusters: 1` it is the distance to the real
    class's centroid (Xue et al. 2019).

    All samples of a class are clustered, not a subset. `max_per_class` takes the nearest of every cluster
    first, then the second nearest.
    """

    name: ClassVar[str] = "cluster"

    clusters: int = Field(default=10, ge=1)
    """Number of clusters of each class; fewer if a class has fewer distinct samples."""
    per_cluster: int = Field(default=3, ge=1)
    """Number of candidates kept in each cluster: those nearest to its centre."""
    centres: Literal["candidates", "training"] = "candidates"
    """The samples whose features are clustered."""
    extractor: Use[Extractor] | None = None
    """The feature space. None: the pipeline's."""

    def most_kept(self, facts: DataFacts) -> IntArray | None:
        """Return at most `per_cluster` of each cluster, or `min_per_class` where that is more."""
        most = super().most_kept(facts)
        if most is None:
            return None
        return np.minimum(most, max(self.clusters * self.per_cluster, self.min_per_class))

    def check_data(self, facts: DataFacts) -> Iterator[str]:
        """Refuse more clusters than there are samples to cluster in any class."""
        yield from super().check_data(facts)
        counts = facts.train if self.centres == "training" else facts.candidates
        if counts is None or not counts.any():
            return
        what = "training samples" if self.centres == "training" else "candidates"
        if counts.max() < self.clusters:
            raise DataError(
                f"selector {self.name}: {self.clusters} clusters of a class need as many {what}, and a class "
                f"has at most {counts.max()}: lower `clusters` to {counts.max()} or less, or ask for more "
                f"{what} in `{'split' if self.centres == 'training' else 'strategy'}`"
            )
        short = (counts > 0) & (counts < self.clusters)
        if short.any():
            yield (
                f"selector {self.name}: {short.sum()} of {facts.spec.classes} classes have fewer {what} than "
                f"{self.clusters} clusters; they get fewer clusters"
            )

    def score_candidates(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
        """Assign each candidate to the nearest centre of its class, and rank it within that cluster."""
        from genaug_plugins.metrics.neighbours.nearest import nearest
        from genaug_plugins.metrics.rows import BLOCK, gather_rows

        labels, ids = candidates.pool.labels, candidates.pool.ids
        n = len(labels)
        cluster, distance, rank = (np.full(n, np.nan) for _ in range(3))
        ranking, warnings = np.full(n, np.nan), []
        here = np.unique(labels).tolist()
        features = context.features(self.extractor, candidates.pool) if n else np.zeros((0, 1), np.float32)
        training = context.features(self.extractor, train.samples) if n else features
        for label in context.track(here, "clusters of each class"):
            rows, name = _by_id(labels, ids, label), train.spec.class_names[label]
            own = clustered = gather_rows(features, rows)
            if self.centres == "training":
                clustered = training[_by_id(train.samples.labels, train.samples.ids, label)]
            if len(clustered) == 0:
                warnings.append(f"class {name!r} has no training samples: none of its candidates passes")
                continue
            centres = _k_means_centres(
                clustered, self.clusters, derive_seed(context.seed, "k-means", str(label))
            )
            if len(centres) < self.clusters:
                warnings.append(
                    f"class {name!r} has {len(centres)} distinct {self.centres} to cluster, "
                    f"fewer than the requested {self.clusters} clusters"
                )
            for start in range(0, len(rows), BLOCK):
                found = nearest(own[start : start + BLOCK], centres)
                block = rows[start : start + BLOCK]
                cluster[block], distance[block] = found.indices[:, 0], found.distances[:, 0]
            order = np.lexsort((distance[rows], cluster[rows]))  # stable: ties go to the first
            ordered = cluster[rows[order]]
            rank[rows[order]] = 1 + np.arange(len(rows)) - np.searchsorted(ordered, ordered)
            order = np.lexsort((distance[rows], rank[rows]))
            ranking[rows[order]] = -np.arange(len(rows), dtype=np.float64)
        beyond = f"not among the {self.per_cluster} nearest to the centre of its cluster"
        failure = np.where(
            np.isnan(rank), "its class has no training samples and therefore no centres", beyond
        )
        return Scores(
            passed=rank <= self.per_cluster,
            ranking=ranking,
            failure=failure.astype(np.object_) if np.isnan(rank).any() else beyond,
            scores={"cluster": cluster, "distance": distance, "rank": rank},
            warnings=warnings,
        )


def _by_id(labels: IntArray, ids: NDArray[np.str_], label: int) -> IntArray:
    """Return the rows of a class ordered by content, so that the result does not depend on their order."""
    rows = np.flatnonzero(labels == label)
    return rows[np.argsort(ids[rows], kind="stable")]


def _k_means_centres(features: FloatArray, clusters: int, seed: int) -> FloatArray:
    """Return at most `clusters` centres ``[K, D]`` by Lloyd's algorithm on all the features."""
    import faiss

    from genaug_plugins.metrics.neighbours.inverted_lists import one_thread

    _, first, counts = np.unique(content_ids(features), return_index=True, return_counts=True)
    weights = None
    if len(first) < len(features):  # copies are counted as a weight
        order = np.argsort(first)
        features, weights = features[first[order]], counts[order].astype(np.float32)
    if len(features) <= clusters:
        return features
    # FAISS would silently drop points beyond 256 per centre, and warn of fewer than 39; its sums
    # depend on the number of threads, and its seed has 31 bits.
    k_means = faiss.Kmeans(
        features.shape[1],
        clusters,
        niter=50,
        seed=seed % 2**31,
        min_points_per_centroid=1,
        max_points_per_centroid=len(features),
    )
    with one_thread():
        k_means.train(features, weights=weights)
    return np.asarray(k_means.centroids, dtype=np.float32)
