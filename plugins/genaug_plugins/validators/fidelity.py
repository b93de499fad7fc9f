"""How like the real data the candidates are, and how much of it they cover."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from genaug.contracts import Context, Evidence, Extractor, Validator
from genaug.data import Finding, Findings, Samples
from genaug.data.samples import FloatArray
from genaug.references import Use
from genaug_plugins.metrics.frechet import frechet_distance
from genaug_plugins.metrics.kernel import kernel_distance_interval
from genaug_plugins.metrics.neighbours import neighbourhood

_FRECHET_NEEDS = 2048
"""Samples below which the Fréchet distance says more about n than about the generator."""

_BETTER: dict[str, Literal["higher", "lower"]] = {
    "kernel_distance": "lower",
    "coverage": "higher",
    "density": "higher",
    "precision": "higher",
    "recall": "higher",
    "frechet_distance": "lower",
}


@dataclass(frozen=True)
class _Value:
    value: float
    interval: tuple[float, float] | None = None


class FidelityValidator(Validator):
    """Measure kernel and Fréchet distance, precision, recall, density and coverage on features.

    The selected candidates, and all candidates, are held against the real samples of the test view:
    against the training view a generator that copies would score best. Beside each value stands the
    same value for the training samples: what real data scores. Recall, coverage and the Fréchet
    distance also depend on how many samples are measured, so compare the numbers of samples before
    comparing a value with its yardstick.
    """

    name: ClassVar[str] = "fidelity"

    k: int = Field(default=5, ge=1)
    """Which neighbour's distance is a sample's radius, for precision, recall, density and coverage."""
    per_class_at_least: int = Field(default=20, ge=2)
    """Samples that a class needs, test and selected, for a precision and coverage of its own."""
    extractor: Use[Extractor] | None = None
    """The feature space. None: the pipeline's."""

    def measure(self, evidence: Evidence, context: Context) -> Findings:
        """Measure what the numbers of samples allow, and say what they do not."""
        space = self.extractor or context.extractor

        def features(samples: Samples) -> FloatArray:
            return context.features(space, samples) if len(samples) else np.zeros((0, 1), dtype=np.float32)

        test, train, selected = evidence.test.samples, evidence.train.samples, evidence.selected.samples
        record = space.load(evidence.spec, context.device).record
        yardstick = self._measured(features(test), features(train))
        measured = {"selected": self._measured(features(test), features(selected))}
        everything = evidence.funnel.kept.all()
        measured["pool"] = (
            measured["selected"]
            if everything
            else self._measured(features(test), features(evidence.pool.samples))
        )
        per_class = self._per_class(evidence, features)
        findings = tuple(
            Finding(
                name=f"{metric}[{part}]",
                value=values[metric].value,
                better=_BETTER[metric],
                interval=values[metric].interval,
                n=len(selected) if part == "selected" else len(evidence.pool),
                reference=yardstick[metric].value if metric in yardstick else None,
                per_class=per_class.get(metric, {}) if part == "selected" else {},
                note=self._note(metric, len(test), len(train), record),
            )
            for part, values in measured.items()
            for metric in _order(len(test), len(selected))
            if metric in values
        )
        return Findings(
            validator=self.name,
            findings=findings,
            warnings=self._warnings(len(test), len(train), len(selected)),
        )

    def _measured(self, real: FloatArray, fake: FloatArray) -> dict[str, _Value]:
        values: dict[str, _Value] = {}
        few = min(len(real), len(fake))
        if few >= 2:
            values["frechet_distance"] = _Value(frechet_distance(real, fake))
        if few >= 3:
            kernel = kernel_distance_interval(real, fake)
            values["kernel_distance"] = _Value(kernel.value, kernel.interval)
        if few > self.k:
            found = neighbourhood(real, fake, self.k)
            for metric in ("precision", "recall", "density", "coverage"):
                values[metric] = _Value(getattr(found, metric))
        return values

    def _per_class(
        self, evidence: Evidence, features: Callable[[Samples], FloatArray]
    ) -> dict[str, dict[str, float]]:
        """Return precision and coverage, among its own kind, of each class that is large enough."""
        found: dict[str, dict[str, float]] = {"precision": {}, "coverage": {}}
        needed = max(self.per_class_at_least, self.k + 1)
        for label, name in enumerate(evidence.spec.class_names):
            real, fake = (
                samples.take(samples.labels == label)
                for samples in (evidence.test.samples, evidence.selected.samples)
            )
            if min(len(real), len(fake)) >= needed:
                around = neighbourhood(features(real), features(fake), self.k)
                found["precision"][name], found["coverage"][name] = around.precision, around.coverage
        return found

    def _note(self, metric: str, test: int, train: int, record: Mapping[str, str]) -> str:
        k = f"k = {self.k}; " if metric in ("precision", "recall", "density", "coverage") else ""
        space = ", ".join(f"{key} {value}" for key, value in record.items())
        return f"{k}against {test} test samples; yardstick: {train} training samples; features: {space}"

    def _warnings(self, test: int, train: int, selected: int) -> tuple[str, ...]:
        warnings = []
        counts = f"{selected} selected candidates and {test} test samples"
        if min(test, selected) < 2:
            warnings.append(f"{counts}: too few to measure anything on the selection")
        elif min(test, selected) <= self.k:
            warnings.append(
                f"{counts}: too few for precision, recall, density and coverage, "
                f"which need {self.k + 1} of each"
            )
        if 2 <= min(test, selected) < _FRECHET_NEEDS:
            warnings.append(
                f"{counts}: few for the Fréchet distance, which is biased upwards below {_FRECHET_NEEDS:,}; "
                "go by the kernel distance and coverage"
            )
        if min(test, train) <= self.k:
            warnings.append(f"{train} training samples are too few for every yardstick")
        return tuple(warnings)


def _order(test: int, selected: int) -> list[str]:
    """Return the metrics, those first that the numbers of samples make the most of."""
    first = ["frechet_distance"] if min(test, selected) >= _FRECHET_NEEDS else []
    return [*first, *(metric for metric in _BETTER if metric not in first)]
