"""Memorization: whether the selected candidates are copies of training samples."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Context, Evidence, Extractor, Validator
from genaug.data import Finding, Findings, Samples
from genaug.data.samples import BoolArray
from genaug_plugins.validators.memorization_figures import closest_pairs, distance_histogram
from genaug_plugins.validators.memorization_values import Distances, Labels, copying_z, near_copies

_HELD_OUT_NEEDED = 5
"""Number of unseen real samples that a class needs for its near-copies to be counted."""
_Z, _P = -3.0, 0.001
"""Below this z, chance does not explain the nearness of the candidates: about 1 in 1,000."""


class MemorizationValidator(Validator):
    """Compare the distances of selected candidates and of unseen real samples to the training samples.

    Unseen real samples (validation and test view) are also near training samples, by chance; only candidates
    that are nearer than those count as copies. Candidates of a class are compared with unseen samples of
    that class, so that the result does not depend on which classes were augmented. For classes with fewer
    than five unseen samples only exact copies are reported.

    A copy that is far away in the feature space (a shifted one, on pixels) is not found.
    """

    name: ClassVar[str] = "memorization"
    title: ClassVar[str] = "Are they copies of training samples?"
    reads_task: ClassVar[bool] = False

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
        candidates = Distances.of(nearest(context.features(space, selected), reals), among, selected.labels)
        others = Distances.of(nearest(context.features(space, unseen), reals), among, unseen.labels)

        names = evidence.spec.class_names
        judged = [
            label
            for label in np.unique(candidates.labels).tolist()
            if (others.labels == label).sum() >= _HELD_OUT_NEEDED
        ]
        findings, warnings, remarks = _alone(candidates, others, train.labels, _repeated(train.ids))
        if judged:
            compared, nearer = self._against_unseen(candidates, others, judged, names)
            findings, warnings = [*compared, *findings], [*warnings, *nearer]
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
        figures = [distance_histogram(candidates.distances, others.distances)]
        if self.pairs:
            figures.append(closest_pairs(candidates, evidence, self.pairs))
        return Findings(
            validator=self.name,
            findings=tuple(findings),
            figures=tuple(figures),
            warnings=tuple(warnings),
            remarks=tuple(remarks),
        )

    def _against_unseen(
        self, candidates: Distances, others: Distances, judged: list[int], names: tuple[str, ...]
    ) -> tuple[list[Finding], list[str]]:
        """Compare with unseen samples of the same class: near-copies, and the rank test."""
        from scipy.stats import fisher_exact

        from genaug.statistics.shares import wilson_interval

        by_class, unseen_hits = near_copies(candidates, others, judged, self.percentile)
        hits = np.concatenate(list(by_class.values()))
        n, share, usual = len(hits), float(hits.mean()), float(unseen_hits.mean())
        z = copying_z(candidates, others, judged)
        findings = [
            Finding(
                name="near_copies[selected]",
                title="near copies of training samples[kept candidates]",
                value=share,
                interval=wilson_interval(int(hits.sum()), n),
                bounds=(0.0, 1.0),
                n=n,
                reference=usual,
                per_class={names[label]: float(own.mean()) for label, own in by_class.items()},
                note=f"as near to a training sample as {self.percentile:g} % of its class's unseen samples. "
                "Compare with the reference: candidates far from the data have 0",
            ),
            Finding(
                name="copying_z[selected]",
                title="nearness to training samples (z of a rank test)[kept candidates]",
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


def _repeated(ids: NDArray[np.str_]) -> BoolArray:
    """Return which samples occur more than once, ``[N]``."""
    _, places, counts = np.unique(ids, return_inverse=True, return_counts=True)
    more: BoolArray = counts[places] > 1
    return more


def _alone(
    candidates: Distances, others: Distances, training: Labels, repeated: BoolArray
) -> tuple[list[Finding], list[str], list[str]]:
    """Measure the values that are not computed by class: exact copies, authenticity, the median distance.

    Args:
        candidates: selected ones.
        others: unseen real samples.
        training: classes of the training samples.
        repeated: which training samples occur more than once.

    Returns:
        The findings, warnings, and remarks.
    """
    from scipy.stats import fisher_exact

    from genaug.statistics.shares import wilson_interval

    n, copies, usual = len(candidates.labels), candidates.distances == 0, others.distances == 0
    warnings, remarks = [], []
    # What occurs again and again in the data is made again: no sign of memorization by itself.
    common = copies & repeated[candidates.indices]
    if common.any():
        remarks.append(
            f"{common.sum()} of {n} selected candidates are equal to samples that occur several times in the "
            "training data, which is no sign of memorization by itself"
        )
    once = copies & ~common
    table = [[once.sum(), (~once).sum()], [usual.sum(), (~usual).sum()]]
    # Independent rows of few values are equal by chance.
    if once.any() and (not usual.any() or fisher_exact(table, alternative="greater").pvalue < _P):
        other = (training[candidates.indices[once]] != candidates.labels[once]).sum()
        warnings.append(
            f"exact copies: {once.sum()} of {n} selected candidates are training samples"
            + (f", {other} of them of another class" if other else "")
        )
    findings = [
        Finding(
            name="exact_copies[selected]",
            title="exact copies of training samples[kept candidates]",
            value=float(copies.mean()),
            better="lower",
            interval=wilson_interval(int(copies.sum()), n),
            bounds=(0.0, 1.0),
            n=n,
            reference=float(usual.mean()),
            note="distance 0 to a training sample",
        ),
        Finding(
            name="authenticity[selected]",
            title="authenticity: share that is no near copy[kept candidates]",
            value=float(candidates.authentic.mean()),
            interval=wilson_interval(int(candidates.authentic.sum()), n),
            bounds=(0.0, 1.0),
            n=n,
            reference=float(others.authentic.mean()),
            note="share farther from its nearest training sample than that one is from its own nearest. "
            "Compare with the reference: candidates far from the data have 1",
        ),
        Finding(
            name="nearest_training_distance[selected]",
            title="distance to the nearest training sample[kept candidates]",
            value=float(np.median(candidates.distances)),
            n=n,
            reference=float(np.median(others.distances)),
            note="median",
        ),
    ]
    return findings, warnings, remarks
