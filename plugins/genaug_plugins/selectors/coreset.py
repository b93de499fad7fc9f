"""Selection of the candidates that cover their class best (coreset)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Candidates, Context, Extractor, RankingSelector
from genaug.data import Scores, TrainView
from genaug.data.samples import FloatArray

Doubles = NDArray[np.float64]

_CACHED = 2**17
"""Values differenced together: they and their difference fit into the processor's cache."""


class CoresetSelector(RankingSelector):
    """Pick `max_per_class` candidates of each class, each as far as possible from all picked before.

    The greedy k-centre of Gonzalez (1985; for learning: Sener & Savarese 2018, arXiv 1708.00489)::

        s = argmax_g min_{c ∈ centres} d(g, c),    centres ← centres ∪ {s}

    After m picks no candidate is farther from a centre than twice the optimal radius for m centres.
    The training samples of the class are centres from the start, so that what they cover already is
    not picked once more. The farthest candidates may be outliers: put a filter such as `realism` or
    `top-k` before it.
    """

    name: ClassVar[str] = "coreset"

    max_per_class: int = Field(default=50, ge=0)
    """How many are picked of each class; fewer where all others are copies of what is covered."""
    covered_by: Literal["training", "nothing"] = "training"
    """The initial centres: the training samples of the class; or none, then the first pick is the candidate
    nearest to the mean of its class's candidates."""
    extractor: Use[Extractor] | None = None
    """The feature space. None: the pipeline's."""

    def score_candidates(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
        """Pick class by class; those not picked are ranked after them, the least covered first."""
        from genaug_plugins.metrics.neighbours.nearest import nearest
        from genaug_plugins.metrics.rows import BLOCK, gather_rows

        pool = candidates.pool
        order, distance = np.full(len(pool), np.nan), np.full(len(pool), np.nan)
        warnings: list[str] = []
        remarks: list[str] = []
        here = np.unique(pool.labels).tolist()
        if here:
            features = context.features(self.extractor, pool)
            training = context.features(self.extractor, train.samples)
        for label in here:
            name = train.spec.class_names[label]
            rows = np.flatnonzero(pool.labels == label)
            rows = rows[np.argsort(pool.ids[rows], kind="stable")]  # ties go to the first
            own = gather_rows(features, rows)
            real = training[train.samples.labels == label]
            if self.covered_by == "training" and len(real) == 0:
                warnings.append(f"class {name!r} has no training samples: there are no initial centres")
            picks = min(self.max_per_class, len(rows))
            steps = context.track(range(picks), f"coreset of class {name}")
            covered = None
            if self.covered_by == "training" and len(real):
                blocks = [own[start : start + BLOCK] for start in range(0, len(own), BLOCK)]
                covered = np.concatenate([nearest(block, real).distances[:, 0] for block in blocks])
            order[rows], distance[rows] = _pick_greedily(own, covered, steps)
            count = int((order[rows] > 0).sum())
            if count < picks:
                remarks.append(f"class {name!r}: {count} picked; the others are copies of what is covered")
        picked = ~np.isnan(order)
        # Picks by their order, from 1 upwards; the others below 0, the farthest from a centre first.
        ranking = np.where(picked, self.max_per_class + 1 - order, -1 / (1 + distance))
        return Scores(
            passed=picked,
            ranking=ranking,
            failure=f"not among the {self.max_per_class} that cover its class",
            scores={"order": order, "distance": distance},
            warnings=warnings,
            remarks=remarks,
        )


def _pick_greedily(own: FloatArray, covered: Doubles | None, steps: Iterator[int]) -> tuple[Doubles, Doubles]:
    """Return the position of each candidate among the picks, from 1 (NaN if not picked), and its distance.

    Args:
        own: the candidates' features ``[N, D]``.
        covered: ``[N]``, the distance of each to the nearest initial centre; None: there is no centre.
        steps: an iterable with one item per pick.

    Returns:
        float64 ``[N]`` each; the distance to the nearest centre is that before the pick of those that
        were picked, and that after the last pick of the others.
    """
    order, distance = np.full(len(own), np.nan), np.full(len(own), np.nan)
    covered = None if covered is None else covered.copy()
    for step in steps:
        if covered is None:
            pick = int(_distances(own, own.mean(axis=0, dtype=np.float64)).argmin())
            covered = np.full(len(own), np.inf)
        else:
            pick = int(covered.argmax())
            if not covered[pick] > 0:
                continue
            distance[pick] = covered[pick]
        order[pick] = step + 1
        np.minimum(covered, _distances(own, own[pick]), out=covered)
    if covered is not None:
        left = np.isnan(order)
        distance[left] = covered[left]
    return order, distance


def _distances(own: FloatArray, centre: NDArray[np.floating]) -> Doubles:
    """Return the distance of each row to a centre, ``[N]``; 0 for a copy, whatever the offset."""
    squared = np.empty(len(own))
    step = max(1, _CACHED // own.shape[1])
    for start in range(0, len(own), step):
        difference = np.subtract(own[start : start + step], centre, dtype=np.float64)
        squared[start : start + step] = np.einsum("nd,nd->n", difference, difference)
    return np.sqrt(squared)
