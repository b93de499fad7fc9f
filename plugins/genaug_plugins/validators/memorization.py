"""Memorization: whether the selected candidates are copies of training samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Context, Evidence, Extractor, Validator
from genaug.data import Figure, Finding, Findings, Pair, Samples

if TYPE_CHECKING:
    from genaug_plugins.metrics.neighbours.nearest import Nearest

Doubles = NDArray[np.float64]
Labels = NDArray[np.int64]

_HELD_OUT_NEEDED = 5
"""Number of unseen real samples that a class needs for its near-copies to be counted."""
_Z, _P = -3.0, 0.001
"""Below this z, chance does not explain the nearness of the candidates: about 1 in 1,000."""


@dataclass(frozen=True, eq=False)
class _Near:
    """Some samples' nearest training samples and distances, whether they are authentic, and their classes."""

    distances: Doubles
    indices: Labels
    authentic: NDArray[np.bool_]
    labels: Labels


class MemorizationValidator(Validator):
    """Compare the distances of selected candidates and of unseen real samples to the training samples.

    Unseen real samples (validation and test view) are also near training samples, by chance; only candidates
    that are nearer than those count as copies. Candidates of a class are compared with unseen samples of
    that class, so that the result does not depend on which classes were augmented. For classes with fewer
    than five unseen samples only exact copies are reported.

    A copy that is far away in the feature space (a shifted one, on pixels) is not found.
    """

    name: ClassVar[str] = "memorization"

    percentile: float = Field(default=5.0, gt=0, le=50)
    """A candidate is a near-copy if it is as near as this percentage of unseen real samples."""
    pairs: int = Field(default=12, ge=0, le=200)
    """Number of closest pairs that are shown."""
    extractor: Use[Extractor] | None = None
    """The feature space. None: the pipeline's."""

    def measure(self, evidence: Evidence, context: Context) -> Findings:
        """Measure distances to the training samples; warn if there are too few candidates or unseen
        samples.
        """
        from genaug_plugins.metrics.neighbours.nearest import nearest, nearest_others

        train, selected = evidence.train.samples, evidence.selected.samples
        unseen = Samples.join([evidence.validation.samples, evidence.test.samples])
        if len(selected) == 0 or len(train) < 2 or len(unseen) == 0:
            lacking = (
                f"{len(selected)} selected candidates, {len(train)} training and {len(unseen)} unseen real "
                "samples: memorization needs at least 1, 2 and 1"
            )
            return Findings(validator=self.name, warnings=(lacking,))
        space = self.extractor or context.extractor
        reals = context.features(space, train)
        among = nearest_others(reals).distances[:, 0]
        candidates = _near(nearest(context.features(space, selected), reals), among, selected.labels)
        others = _near(nearest(context.features(space, unseen), reals), among, unseen.labels)

        names = evidence.spec.class_names
        judged = [
            label
            for label in np.unique(candidates.labels).tolist()
            if (others.labels == label).sum() >= _HELD_OUT_NEEDED
        ]
        findings, warnings = _alone(candidates, others)
        if judged:
            compared, remarks = self._against_unseen(candidates, others, judged, names)
            findings, warnings = [*compared, *findings], [*warnings, *remarks]
        unjudged = [names[label] for label in np.unique(candidates.labels) if label not in judged]
        if unjudged:
            warnings.append(
                f"fewer than {_HELD_OUT_NEEDED} unseen real samples of {', '.join(unjudged)}: too few "
                "to estimate how near candidates are by chance; they count for exact copies and "
                "authenticity only"
            )
        record = context.record(space)
        note = "features: " + ", ".join(f"{key} {value}" for key, value in record.items())
        findings = [f.model_copy(update={"note": f"{f.note}; {note}"}) for f in findings]
        figures = [_histogram(candidates.distances, others.distances)]
        if self.pairs:
            figures.append(self._closest(candidates, evidence))
        return Findings(
            validator=self.name, findings=tuple(findings), figures=tuple(figures), warnings=tuple(warnings)
        )

    def _against_unseen(
        self, candidates: _Near, others: _Near, judged: list[int], names: tuple[str, ...]
    ) -> tuple[list[Finding], list[str]]:
        """Compare with unseen samples of the same class: near-copies, and the rank test."""
        from scipy.stats import fisher_exact

        from genaug.statistics.shares import wilson_interval

        hits, unseen_hits, per_class = self._near_copies(candidates, others, judged)
        n, share, usual = len(hits), float(hits.mean()), float(unseen_hits.mean())
        z = _copying_z(candidates, others, judged)
        findings = [
            Finding(
                name="near_copies[selected]",
                value=share,
                better="lower",
                interval=wilson_interval(int(hits.sum()), n),
                n=n,
                reference=usual,
                per_class={names[label]: value for label, value in per_class.items()},
                note=f"as near to a training sample as {self.percentile:g} % of its class's unseen samples",
            ),
            Finding(
                name="copying_z[selected]",
                value=z,
                n=n,
                note=(
                    "rank test of distances to the training samples, class by class: below -3 the "
                    "candidates are nearer than unseen real samples, above 3 farther"
                ),
            ),
        ]
        warnings = []
        table = [[hits.sum(), (~hits).sum()], [unseen_hits.sum(), (~unseen_hits).sum()]]
        if fisher_exact(table, alternative="greater").pvalue < _P:
            warnings.append(
                f"near-copies: {hits.sum()} of {n} selected candidates ({share:.0%}) are as near to a "
                f"training sample as {usual:.0%} of unseen real samples; inspect the closest pairs"
            )
        if z < _Z:
            warnings.append(
                "copying: the selected candidates are nearer to the training samples than unseen real "
                f"samples (z = {z:.1f})"
            )
        return findings, warnings

    def _near_copies(
        self, candidates: _Near, others: _Near, judged: list[int]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_], dict[int, float]]:
        """Return which candidates, and which unseen samples, are within their class's threshold."""
        hits, unseen_hits, per_class = [], [], {}
        for label in judged:
            own, unseen = (near.distances[near.labels == label] for near in (candidates, others))
            threshold = np.percentile(unseen, self.percentile)
            hits.append(own <= threshold)
            unseen_hits.append(unseen <= threshold)
            per_class[label] = float(hits[-1].mean())
        return np.concatenate(hits), np.concatenate(unseen_hits), per_class

    def _closest(self, candidates: _Near, evidence: Evidence) -> Figure:
        ids, training = evidence.selected.ids, evidence.train.samples.ids
        rows = np.lexsort((ids, candidates.distances))[: self.pairs]
        return Figure(
            title="Closest pairs",
            caption="Selected candidates nearest to a training sample, nearest first, and that sample.",
            pairs=tuple(
                Pair(
                    candidate=str(ids[row]),
                    training=str(training[candidates.indices[row]]),
                    distance=float(candidates.distances[row]),
                )
                for row in rows
            ),
        )


def _alone(candidates: _Near, others: _Near) -> tuple[list[Finding], list[str]]:
    """Measure the values that are not computed by class: exact copies, authenticity, the median distance."""
    from genaug.statistics.shares import wilson_interval

    n, copies = len(candidates.labels), candidates.distances == 0
    warnings = []
    if copies.any():
        warnings.append(f"exact copies: {copies.sum()} of {n} selected candidates are training samples")
    findings = [
        Finding(
            name="exact_copies[selected]",
            value=float(copies.mean()),
            better="lower",
            interval=wilson_interval(int(copies.sum()), n),
            n=n,
            reference=float((others.distances == 0).mean()),
            note="distance 0 to a training sample",
        ),
        Finding(
            name="authenticity[selected]",
            value=float(candidates.authentic.mean()),
            better="higher",
            interval=wilson_interval(int(candidates.authentic.sum()), n),
            n=n,
            reference=float(others.authentic.mean()),
            note="share farther from its nearest training sample than that one is from its own nearest",
        ),
        Finding(
            name="nearest_training_distance[selected]",
            value=float(np.median(candidates.distances)),
            n=n,
            reference=float(np.median(others.distances)),
            note="median",
        ),
    ]
    return findings, warnings


def _near(found: Nearest, among: Doubles, labels: Labels) -> _Near:
    distances, indices = found.distances[:, 0], found.indices[:, 0]
    return _Near(distances, indices, among[indices] < distances, labels)


def _copying_z(candidates: _Near, others: _Near, judged: list[int]) -> float:
    """Return the z of the class-by-class Mann-Whitney test (van Elteren 1960), ties counted half.

    Within one class it is a cell of C_T (`genaug_plugins.metrics.copying`): negative where
    candidates are nearer to the training samples than unseen real ones. With one stratum a class,
    each weighted by 1/(n + m + 1), z = Σ w(U − nm/2) / √(Σ w² Var U).
    """
    from genaug_plugins.metrics.copying import rank_shift

    shift, variance = 0.0, 0.0
    for label in judged:
        own, unseen = (near.distances[near.labels == label] for near in (candidates, others))
        n, m = len(own), len(unseen)
        weight = 1 / (n + m + 1)
        of_class, spread = rank_shift(own, unseen)
        shift, variance = shift + weight * of_class, variance + weight**2 * spread
    return float(shift / np.sqrt(variance)) if variance > 0 else 0.0


def _histogram(candidates: Doubles, unseen: Doubles) -> Figure:
    edges = np.histogram_bin_edges(np.concatenate([candidates, unseen]), bins=40)
    middles = ((edges[:-1] + edges[1:]) / 2).tolist()

    def bars(name: str, distances: Doubles) -> dict[str, Any]:
        shares = np.histogram(distances, edges)[0] / len(distances)
        return {"type": "bar", "name": name, "x": middles, "y": shares.tolist(), "opacity": 0.6}

    return Figure(
        title="Distance to the nearest training sample",
        caption=(
            "Selected candidates to the left of the unseen real samples suggest copies; candidates far to "
            "the right are unlike real data."
        ),
        chart={
            "data": [bars("selected candidates", candidates), bars("unseen real samples", unseen)],
            "layout": {
                "barmode": "overlay",
                "bargap": 0,
                "xaxis": {"title": {"text": "distance"}},
                "yaxis": {"title": {"text": "share"}, "tickformat": ".0%"},
            },
        },
    )
