"""Removal of copies: of training samples, and of other candidates."""

from __future__ import annotations

from functools import partial
from math import ceil
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Candidates, Context, Extractor, RankingSelector
from genaug.data import Scores, TrainView
from genaug.data.folds import random_keys
from genaug.data.samples import FloatArray, IntArray
from genaug.data.seeds import derive_seed
from genaug.data.summary import count

if TYPE_CHECKING:
    from genaug_plugins.metrics.neighbours.deduplicate import Deduplicated

Doubles = NDArray[np.float64]


class NearCopySelector(RankingSelector):
    """Drop candidates nearer to a training sample than training samples are to each other, and duplicates.

    The nearness of unseen samples by chance is estimated from the training view alone: for each sample the
    distance to the nearest other one of its class is measured. The threshold of a class is a low percentile
    of these distances. A candidate nearer than that to a training sample of its class is a near-copy; of
    candidates of a class nearer than that to one another the first is kept, in the order of their ids.

    A copy that is far away in the feature space (a shifted one, on pixels) passes. In a pool much larger than
    the training view even independent draws are as near to each other as the threshold: the selector then
    thins out the pool; `duplicates: exact` does not. Near-copies within the training view lower the
    threshold. Those that pass are kept up to `max_per_class` at random, as a larger distance from the
    training samples is not better.
    """

    name: ClassVar[str] = "near-copy"

    percentile: float = Field(default=5.0, gt=0, le=50)
    """The threshold, as a percentile of the training samples' distances to their nearest others."""
    duplicates: Literal["near", "exact", "keep"] = "near"
    """Which duplicates among the candidates are dropped: those within the threshold, those of equal content,
    or none."""
    extractor: Use[Extractor] | None = None
    """The feature space. None: the pipeline's."""

    def score_candidates(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
        """Measure each candidate's distance to its nearest training sample and to its nearest candidate.

        A class without training samples has no near-copies; its duplicates are found by the threshold of all
        classes together, as for classes with too few samples for a percentile.
        """
        from genaug_plugins.metrics.neighbours.deduplicate import deduplicate
        from genaug_plugins.metrics.neighbours.nearest import nearest
        from genaug_plugins.metrics.rows import BLOCK, gather_rows

        pool = candidates.pool
        n = len(pool)
        to_training, to_candidate, threshold = (np.full(n, np.nan) for _ in range(3))
        copied, repeated = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
        warnings: list[str] = []
        remarks: list[str] = []
        searched: list[Deduplicated] = []
        if n:
            features = context.features(self.extractor, pool)
            training = context.features(self.extractor, train.samples)
            thresholds, warnings, remarks = self._thresholds(training, train)
        for label in np.unique(pool.labels).tolist():
            name = train.spec.class_names[label]
            rows = np.flatnonzero(pool.labels == label)
            rows = rows[np.argsort(pool.ids[rows], kind="stable")]
            threshold[rows] = thresholds[label]
            own, real = gather_rows(features, rows), training[train.samples.labels == label]
            if len(real):
                for start in context.track(range(0, len(rows), BLOCK), f"near-copies of class {name}"):
                    found = nearest(own[start : start + BLOCK], real)
                    to_training[rows[start : start + BLOCK]] = found.distances[:, 0]
            near = to_training[rows]
            copied[rows] = (near < thresholds[label]) | (near == 0)
            new = ~copied[rows]
            if self.duplicates == "exact":
                repeated[rows[new]] = _repeats(pool.ids[rows[new]])
            elif self.duplicates == "near":
                deduplicated = deduplicate(
                    own if new.all() else own[new],
                    thresholds[label],
                    seed=derive_seed(context.seed, "index", str(label)),
                    progress=partial(_progressed, context, f"duplicates in class {name}"),
                )
                repeated[rows[new]] = ~deduplicated.kept
                to_candidate[rows[new]] = deduplicated.nearest
                searched.append(deduplicated)
        if copied.any() or repeated.any():
            remarks.append(
                f"{count(int(copied.sum()), 'near-copy', 'near-copies')} of training samples, "
                f"{count(int(repeated.sum()), 'duplicate')}"
            )
        remarks += _index_remarks(searched)
        failure = np.full(n, "a duplicate of a preceding candidate", dtype=np.object_)
        failure[copied] = (
            f"nearer to a training sample than all but {self.percentile:g} % of those to their nearest"
        )
        nearest_of_both = np.fmin(to_training, to_candidate)
        return Scores(
            passed=~copied & ~repeated,
            ranking=nearest_of_both / np.where(threshold > 0, threshold, 1.0),
            failure=failure,
            scores={
                "nearest_training_distance": to_training,
                "training_ratio": to_training / np.where(threshold > 0, threshold, np.nan),
                "nearest_candidate_distance": to_candidate,
            },
            warnings=warnings,
            remarks=remarks,
            random_keys=None
            if self.max_per_class is None
            else random_keys(pool.ids, context.seed, self.name),
        )

    def _thresholds(self, training: FloatArray, train: TrainView) -> tuple[Doubles, list[str], list[str]]:
        """Return the threshold of each class, ``[classes]``, and warnings and remarks about them."""
        from genaug_plugins.metrics.neighbours.nearest import nearest_others

        labels, names = train.samples.labels, train.spec.class_names
        needed = ceil(100 / self.percentile)  # with fewer, the percentile is the minimum
        distances = []
        for label in range(len(names)):
            rows = np.flatnonzero(labels == label)
            # Copies within the view do not represent unseen samples.
            rows = rows[~_repeats(train.samples.ids[rows])]
            own = training[rows]
            distances.append(nearest_others(own).distances[:, 0] if len(own) > 1 else np.zeros(0))
        few = [name for name, own in zip(names, distances, strict=True) if len(own) < needed]
        of_all = np.concatenate(distances)
        pooled = float(np.percentile(of_all, self.percentile)) if len(of_all) else 0.0
        thresholds = [
            pooled if len(own) < needed else float(np.percentile(own, self.percentile)) for own in distances
        ]
        warnings, remarks = [], []
        if not len(of_all):
            warnings.append("no class has two training samples: only exact copies can be found")
        elif few:
            remarks.append(
                f"fewer than {needed} distinct training samples of {', '.join(few)}: their threshold is that "
                f"of all classes together, {pooled:.4g}"
            )
        return np.array(thresholds), warnings, remarks


def _repeats(ids: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Return a mask of the ids that occurred before."""
    repeats = np.ones(len(ids), dtype=np.bool_)
    first: IntArray = np.unique(ids, return_index=True)[1]
    repeats[first] = False
    return repeats


def _progressed(context: Context, task: str, done: int, total: int) -> None:
    context.hooks.progressed(task=task, done=done, total=total)


def _index_remarks(searched: list[Deduplicated]) -> list[str]:
    """Return a remark on the search for duplicates if not all pairs were compared."""
    indexed = [search for search in searched if search.kind.startswith("FAISS")]
    if not indexed:
        return []
    worst = min(indexed, key=lambda search: search.recall)
    return [
        f"duplicates in {len(indexed)} of {len(searched)} classes were searched by an index, which finds "
        f"{worst.recall:.1%} of a sample's nearest candidates in the worst class: {worst.kind}"
    ]
