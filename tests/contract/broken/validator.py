"""Validators that break exactly one promise."""

from typing import Any, ClassVar

import numpy as np

from genaug import Context, Evidence, Validator
from genaug.data import Figure, Finding, Findings, Pair


class CountValidator(Validator):
    """A validator that counts the kept candidates."""

    name: ClassVar[str] = "count"

    def measure(self, evidence: Evidence, context: Context) -> Findings:
        counts = evidence.selected.samples.per_class(evidence.spec.classes)
        finding = Finding(
            name="kept",
            value=float(counts.sum()),
            interval=(0.0, 24.0),
            per_class=dict(zip(evidence.spec.class_names, counts.tolist(), strict=True)),
        )
        pair = Pair(candidate=evidence.pool.ids[1], training=evidence.train.samples.ids[2], distance=1.0)
        figure = Figure(title="Pairs", pairs=(pair,), chart={"data": [{"y": counts.tolist()}]})
        return self._changed(Findings(validator="count", findings=(finding,), figures=(figure,)))

    def _changed(self, found: Findings) -> Findings:
        return found

    def _with(self, found: Findings, **changes: Any) -> Findings:
        return found.model_copy(update={"findings": (found.findings[0].model_copy(update=changes),)})


class UndeclaredValidator(CountValidator):
    def measure(self, evidence: Evidence, context: Context) -> Findings:
        context.features(None, evidence.train.samples)
        return super().measure(evidence, context)


class OtherNameValidator(CountValidator):
    def _changed(self, found: Findings) -> Findings:
        return found.model_copy(update={"validator": "counter"})


class RepeatingValidator(CountValidator):
    def _changed(self, found: Findings) -> Findings:
        return found.model_copy(update={"findings": found.findings * 2})


class ArrayValidator(CountValidator):
    def _changed(self, found: Findings) -> Findings:
        return found.model_copy(update={"figures": (Figure(title="Array", chart={"data": np.zeros(3)}),)})


class UpsideDownValidator(CountValidator):
    def _changed(self, found: Findings) -> Findings:
        return self._with(found, interval=(24.0, 0.0))


class WordlessValidator(CountValidator):
    def _changed(self, found: Findings) -> Findings:
        return self._with(found, value=float("nan"))


class WordlessOnNothingValidator(CountValidator):
    def _changed(self, found: Findings) -> Findings:
        return found if found.findings[0].value else self._with(found, value=float("nan"))


class NumberedValidator(CountValidator):
    def _changed(self, found: Findings) -> Findings:
        return self._with(found, per_class={"class 0": 1.0})


class StrangeValidator(CountValidator):
    def _changed(self, found: Findings) -> Findings:
        pair = Pair(candidate="0" * 32, training="1" * 32, distance=0.0)
        return found.model_copy(update={"figures": (Figure(title="Pairs", pairs=(pair,)),)})


class DreamingValidator(CountValidator):
    def _changed(self, found: Findings) -> Findings:
        drawn = Figure(title="Points", chart={"data": [{"y": [1.0]}]}, samples=(("2" * 32,),))
        return found.model_copy(update={"figures": (drawn,)})


class UnseededValidator(CountValidator):
    def _changed(self, found: Findings) -> Findings:
        return self._with(found, value=float(np.random.default_rng().random()))


class NeedyValidator(CountValidator):
    def measure(self, evidence: Evidence, context: Context) -> Findings:
        if not len(evidence.selected):
            raise ValueError("nothing was kept")
        return super().measure(evidence, context)


class CompleteValidator(CountValidator):
    def measure(self, evidence: Evidence, context: Context) -> Findings:
        counts = evidence.selected.samples.per_class(evidence.spec.classes)
        if counts.sum() and not counts.all():
            raise ZeroDivisionError("the mean of an empty class")
        return super().measure(evidence, context)


class MeddlingValidator(CountValidator):
    def measure(self, evidence: Evidence, context: Context) -> Findings:
        found = super().measure(evidence, context)
        evidence.test.samples.values[:] = 0
        return found


class SeedingValidator(CountValidator):
    def measure(self, evidence: Evidence, context: Context) -> Findings:
        np.random.seed(0)
        return super().measure(evidence, context)


GOOD = [CountValidator()]

BROKEN = {
    "finds_under_its_name": [OtherNameValidator(), RepeatingValidator()],
    "declares_that_it_reads_features": [UndeclaredValidator()],
    "findings_come_back_from_json": [ArrayValidator()],
    "intervals_are_ordered": [UpsideDownValidator()],
    "explains_missing_values": [WordlessValidator(), WordlessOnNothingValidator()],
    "names_what_exists": [NumberedValidator(), StrangeValidator(), DreamingValidator()],
    "measures_the_same_twice": [UnseededValidator()],
    "copes_with_an_empty_selection": [NeedyValidator()],
    "copes_with_a_class_without_candidates": [CompleteValidator()],
    "leaves_the_evidence_alone": [MeddlingValidator()],
    "leaves_global_randomness_alone": [SeedingValidator()],
}
