"""Fidelity, coverage and novelty of the candidates with respect to the real data."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Context, Evidence, Extractor, Validator
from genaug.data import Finding, Findings, Samples
from genaug.data.samples import FloatArray
from genaug.data.seeds import derive_seed

if TYPE_CHECKING:
    from genaug_plugins.validators.fidelity_values import Value

_FRECHET_NEEDS = 2048
"""Number of samples below which the bias of the Fréchet distance dominates."""

_OF_K = ("precision", "recall", "density", "coverage", "realism")


class FidelityValidator(Validator):
    """Measure distances of distributions, precision, recall, density, coverage, realism and novelty.

    The selected candidates, and all candidates, are compared with the real samples of the test view:
    compared with the training view, a generator that copies would score best. The reference of each value is
    the same value for the training samples: the score of real data. Recall, coverage and the Fréchet
    distance also depend on the number of samples, so compare the numbers of samples before comparing a value
    with its reference.

    Authenticity, C_T and the Vendi score measure whether candidates are new and varied compared with the
    training samples; their notes name their references. Each note states what its interval covers.
    Neighbours are not bootstrapped, as copies would be each other's neighbours.
    """

    name: ClassVar[str] = "fidelity"
    title: ClassVar[str] = "How similar to real data are they?"
    reads_task: ClassVar[bool] = False

    k: int = Field(default=5, ge=1)
    """The distance to the k-th neighbour is a sample's radius for precision, recall, density, coverage,
    realism."""
    per_class_at_least: int = Field(default=20, ge=2)
    """Number of test and of selected samples that a class needs for separate values."""
    extractor: Use[Extractor] | None = None
    """The feature space. None: the pipeline's."""

    def measure(self, evidence: Evidence, context: Context) -> Findings:
        """Compute the metrics that the numbers of samples allow; warn about the others."""
        from genaug_plugins.validators.fidelity_values import (
            BETTER,
            PARTS,
            SHARES,
            TITLES,
            against_test,
            against_training,
        )

        space = self.extractor or context.extractor

        def features(samples: Samples) -> FloatArray:
            return context.features(space, samples) if len(samples) else np.zeros((0, 1), dtype=np.float32)

        test, train, selected = evidence.test.samples, evidence.train.samples, evidence.selected.samples
        seed = derive_seed(context.seed, "fidelity")
        references = against_test(features(test), features(train), self.k, seed)
        parts = {"selected": selected}
        if not evidence.funnel.kept.all():
            parts["pool"] = evidence.pool.samples
        measured: dict[str, dict[str, Value]] = {}
        remarks: list[str] = []
        for part, samples in parts.items():
            fake = features(samples)
            new, said = against_training(features(train), features(test), fake, seed)
            measured[part] = against_test(features(test), fake, self.k, seed) | new
            remarks += [f"{part}: {remark}" for remark in said]
        measured.setdefault("pool", measured["selected"])
        per_class = self._per_class(evidence, features, seed)
        record = context.record(space)
        space_note = "features: " + ", ".join(f"{key} {value}" for key, value in record.items())

        def finding(part: str, metric: str, value: Value) -> Finding:
            given = f"against {len(test)} test samples; reference: {len(train)} training samples"
            notes = [value.note, "" if value.reference is not None else given, space_note]
            if metric in _OF_K:
                notes.insert(0, f"k = {self.k}")
            reference = value.reference
            if reference is None and metric in references:
                reference = references[metric].value
            return Finding(
                name=f"{metric}[{part}]",
                title=f"{TITLES[metric]}[{PARTS[part]}]",
                value=value.value,
                better=BETTER[metric],
                interval=value.interval,
                bounds=(0.0, 1.0) if metric in SHARES else None,
                n=len(selected) if part == "selected" else len(evidence.pool),
                reference=reference,
                per_class=per_class.get(metric, {}) if part == "selected" else {},
                note="; ".join(note for note in notes if note),
            )

        # The metrics that suit the numbers of samples best come first.
        first = (
            ["frechet_distance", "frechet_infinity"]
            if min(len(test), len(selected)) >= _FRECHET_NEEDS
            else []
        )
        order = [*first, *(metric for metric in BETTER if metric not in first)]
        return Findings(
            validator=self.name,
            findings=tuple(
                finding(part, metric, values[metric])
                for part, values in measured.items()
                for metric in order
                if metric in values
            ),
            warnings=(
                *self._warnings(len(test), len(train), len(selected), features(test).shape[1]),
                *remarks,
            ),
        )

    def _per_class(
        self, evidence: Evidence, features: Callable[[Samples], FloatArray], seed: int
    ) -> dict[str, dict[str, float]]:
        """Return, by metric, the value of each class that is large enough, computed within the class."""
        from genaug_plugins.validators.fidelity_values import against_test, against_training

        found: dict[str, dict[str, float]] = {}
        needed = max(self.per_class_at_least, self.k + 1)
        for label, name in enumerate(evidence.spec.class_names):
            test, train, fake = (
                samples.take(samples.labels == label)
                for samples in (evidence.test.samples, evidence.train.samples, evidence.selected.samples)
            )
            if min(len(test), len(fake)) < needed:
                continue
            values = against_test(features(test), features(fake), self.k, seed)
            if min(len(test), len(fake)) < _FRECHET_NEEDS:
                del values["frechet_distance"]
            values |= against_training(features(train), features(test), features(fake), seed)[0]
            for metric, value in values.items():
                found.setdefault(metric, {})[name] = value.value
        return found

    def _warnings(self, test: int, train: int, selected: int, d: int) -> tuple[str, ...]:
        from genaug_plugins.validators.fidelity_values import INFINITY_NEEDS

        warnings = []
        counts = f"{selected} selected candidates and {test} test samples"
        few = min(test, selected)
        if few < 2:
            warnings.append(f"{counts}: too few to measure anything against the test view")
        elif few <= self.k:
            warnings.append(
                f"{counts}: too few for precision, recall, density, coverage and realism, "
                f"which need {self.k + 1} of each"
            )
        if 2 <= few < _FRECHET_NEEDS:
            needed = INFINITY_NEEDS * d
            limit = "" if few >= needed else f"; frechet_infinity needs {needed:,} of each"
            warnings.append(
                f"{counts}: few for the Fréchet distance, which has an upward bias below {_FRECHET_NEEDS:,}; "
                f"prefer the kernel distance and coverage{limit}"
            )
        if min(test, train) <= self.k:
            warnings.append(f"{train} training samples are too few for every reference")
        return tuple(warnings)
