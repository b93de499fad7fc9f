"""How like the real data the candidates are, how much of it they cover, and how new they are."""

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
"""Samples below which the Fréchet distance says more about n than about the generator."""

_OF_K = ("precision", "recall", "density", "coverage", "realism")


class FidelityValidator(Validator):
    """Measure distances of distributions, precision, recall, density, coverage, realism and novelty.

    The selected candidates, and all candidates, are held against the real samples of the test view:
    against the training view a generator that copies would score best. Beside each value stands the
    same value for the training samples: what real data scores. Recall, coverage and the Fréchet
    distance also depend on how many samples are measured, so compare the numbers of samples before
    comparing a value with its yardstick.

    Authenticity, C_T and the Vendi score ask whether candidates are new and varied, beside the training
    samples; their yardsticks are said in their notes. Each note says what an interval covers: there are
    no bootstraps of neighbours, whose copies would be each other's neighbours.
    """

    name: ClassVar[str] = "fidelity"

    k: int = Field(default=5, ge=1)
    """Which neighbour's distance is a sample's radius, for precision, recall, density, coverage, realism."""
    per_class_at_least: int = Field(default=20, ge=2)
    """Samples that a class needs, test and selected, for values of its own."""
    extractor: Use[Extractor] | None = None
    """The feature space. None: the pipeline's."""

    def measure(self, evidence: Evidence, context: Context) -> Findings:
        """Measure what the numbers of samples allow, and say what they do not."""
        from genaug_plugins.validators.fidelity_values import BETTER, against_test, against_training

        space = self.extractor or context.extractor

        def features(samples: Samples) -> FloatArray:
            return context.features(space, samples) if len(samples) else np.zeros((0, 1), dtype=np.float32)

        test, train, selected = evidence.test.samples, evidence.train.samples, evidence.selected.samples
        seed = derive_seed(context.seed, "fidelity")
        yardstick = against_test(features(test), features(train), self.k, seed)
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
            given = f"against {len(test)} test samples; yardstick: {len(train)} training samples"
            notes = [value.note, "" if value.reference is not None else given, space_note]
            if metric in _OF_K:
                notes.insert(0, f"k = {self.k}")
            reference = value.reference
            if reference is None and metric in yardstick:
                reference = yardstick[metric].value
            return Finding(
                name=f"{metric}[{part}]",
                value=value.value,
                better=BETTER[metric],
                interval=value.interval,
                n=len(selected) if part == "selected" else len(evidence.pool),
                reference=reference,
                per_class=per_class.get(metric, {}) if part == "selected" else {},
                note="; ".join(note for note in notes if note),
            )

        return Findings(
            validator=self.name,
            findings=tuple(
                finding(part, metric, values[metric])
                for part, values in measured.items()
                for metric in _order(len(test), len(selected))
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
        """Return, by metric, the value of each class among its own kind, where the class is large enough."""
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
                f"{counts}: few for the Fréchet distance, which is biased upwards below {_FRECHET_NEEDS:,}; "
                f"go by the kernel distance and coverage{limit}"
            )
        if min(test, train) <= self.k:
            warnings.append(f"{train} training samples are too few for every yardstick")
        return tuple(warnings)


def _order(test: int, selected: int) -> list[str]:
    """Return the metrics, those first that the numbers of samples make the most of."""
    from genaug_plugins.validators.fidelity_values import BETTER

    first = ["frechet_distance", "frechet_infinity"] if min(test, selected) >= _FRECHET_NEEDS else []
    return [*first, *(metric for metric in BETTER if metric not in first)]
