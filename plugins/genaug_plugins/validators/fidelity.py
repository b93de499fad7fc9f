"""Fidelity, coverage and novelty of the candidates with respect to the real data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Context, Evidence, Extractor, Validator
from genaug.data import DataFacts, Finding, Findings, Samples
from genaug.data.brief import once
from genaug.data.samples import FloatArray
from genaug.data.seeds import derive_seed
from genaug.data.summary import count

if TYPE_CHECKING:
    from genaug_plugins.metrics.kernel_halves import Halves
    from genaug_plugins.validators.class_mix import Mix
    from genaug_plugins.validators.fidelity_values import Value

_FRECHET_NEEDS = 2048
"""Number of samples below which the bias of the Fréchet distance dominates."""

_OF_K = ("precision", "recall", "density", "coverage", "realism")


@dataclass(frozen=True)
class _Measured:
    """The values of a set of candidates, their references, and the real samples behind both.

    Attributes:
        values, references: by metric.
        test, train: the real samples, in the class shares of the candidates.
        halves: what two halves of those differ by; None: too few.
        far: that the candidates are far from them, in a sentence; "" where they are not.
    """

    values: dict[str, Value]
    references: dict[str, Value]
    test: Samples
    train: Samples
    halves: Halves | None
    far: str


class FidelityValidator(Validator):
    """Measure distances of distributions, precision, recall, density, coverage, realism and novelty.

    The selected candidates, and all candidates, are compared with the real samples of the test view:
    compared with the training view, a generator that copies would score best. The reference of each value is
    the same value for the training samples: the score of real data. Recall, coverage and the Fréchet
    distance also depend on the number of samples, so compare the numbers of samples before comparing a value
    with its reference. Where the classes of the candidates have other shares than those of the test view, as
    after `class-balance`, as many test and training samples as have the same shares are compared, which a
    remark reports.

    The kernel distance between two halves of the real samples is measured, too. Candidates whose distance is
    larger are called far from the real samples, beside the verdict, if most of them are farther from any
    training sample than real samples are, or if they cover less than half of what training samples cover.

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

    def check_data(self, facts: DataFacts) -> Iterator[str]:
        """Remark on more neighbours than there are test samples or candidates."""
        most = [(int(facts.test.sum()), "test sample")]
        most += [] if facts.candidates is None else [(int(facts.candidates.sum()), "candidate")]
        for number, what in most:
            if number <= self.k:
                there = f"there {'is' if number == 1 else 'are'} at most {count(number, what)}"
                yield (
                    f"validator {self.name}: k = {self.k} neighbours need {self.k + 1} {what}s, and {there}: "
                    f"{', '.join(_OF_K)} are not measured; lower `k`"
                )

    def measure(self, evidence: Evidence, context: Context) -> Findings:
        """Compute the metrics that the numbers of samples allow; warn about the others."""
        from genaug_plugins.validators.class_mix import Mix
        from genaug_plugins.validators.fidelity_distance import nearness
        from genaug_plugins.validators.fidelity_values import (
            BETTER,
            PARTS,
            REWARDS_FAR,
            SHARES,
            TITLES,
            against_test,
            against_training,
        )

        space = self.extractor or context.extractor

        def features(samples: Samples) -> FloatArray:
            return context.features(space, samples) if len(samples) else np.zeros((0, 1), dtype=np.float32)

        train, selected, names = evidence.train.samples, evidence.selected.samples, evidence.spec.class_names
        seed = derive_seed(context.seed, "fidelity")
        parts = {"selected": selected}
        if not evidence.funnel.kept.all():
            parts["pool"] = evidence.pool.samples
        measured: dict[str, _Measured] = {}
        warnings: list[str] = []
        remarks: list[str] = []
        for part, samples in parts.items():
            fake = features(samples)
            mix = Mix(samples.per_class(len(names)), names)
            test, alike, unlike, matched = self._alike(mix, evidence, seed)
            new, lacking = against_training(features(train), features(test), fake, seed, features(alike))
            values = against_test(features(test), fake, self.k, seed) | new
            both = features(Samples.join([test, alike]))
            near = nearness(features(train), features(test), fake, both, seed)
            references = against_test(features(test), features(alike), self.k, seed)
            covered = values.get("coverage") if len(fake) >= len(alike) else None
            measured[part] = _Measured(
                values,
                references,
                test,
                alike,
                near.halves,
                near.far(values.get("kernel_distance"), covered, references.get("coverage")),
            )
            warnings += [f"{part}: {warning}" for warning in (*unlike, *lacking)]
            remarks += [f"{part}: {remark}" for remark in matched]
        measured.setdefault("pool", measured["selected"])
        per_class = self._per_class(evidence, features, seed)
        record = context.record(space)
        space_note = "features: " + ", ".join(f"{key} {value}" for key, value in record.items())

        def finding(part: str, metric: str, value: Value) -> Finding:
            of = measured[part]
            given = f"against {len(of.test)} test samples; reference: {len(of.train)} training samples"
            notes = [value.note, "" if value.reference is not None else given, space_note]
            if metric in _OF_K:
                notes.insert(0, f"k = {self.k}")
            if metric == "kernel_distance" and of.halves is not None:
                low, high = of.halves.interval
                notes.insert(
                    0, f"two halves of the {of.halves.n} real ones differ by {low:.2g} to {high:.2g}"
                )
            misled = of.far != "" and metric in REWARDS_FAR
            if misled:
                notes.insert(0, "says little here: the candidates are far from the real samples")
            reference = value.reference
            if reference is None and metric in of.references:
                reference = of.references[metric].value
            return Finding(
                name=f"{metric}[{part}]",
                title=f"{TITLES[metric]}[{PARTS[part]}]",
                value=value.value,
                better=None if misled else BETTER[metric],
                interval=value.interval,
                bounds=(0.0, 1.0) if metric in SHARES else None,
                n=len(selected) if part == "selected" else len(evidence.pool),
                reference=reference,
                per_class=per_class.get(metric, {}) if part == "selected" else {},
                note="; ".join(note for note in notes if note),
            )

        chosen = measured["selected"]
        test = chosen.test
        # The metrics that suit the numbers of samples best come first.
        first = (
            ["frechet_distance", "frechet_infinity"]
            if min(len(test), len(selected)) >= _FRECHET_NEEDS
            else []
        )
        order = [*first, *(metric for metric in BETTER if metric not in first)]
        return Findings(
            validator=self.name,
            findings=(
                *(
                    finding(part, metric, of.values[metric])
                    for part, of in measured.items()
                    for metric in order
                    if metric in of.values
                ),
                *_of_halves(chosen.halves, space_note),
            ),
            warnings=(
                *self._warnings(len(test), len(chosen.train), len(selected), features(test).shape[1]),
                *once(warnings),
            ),
            remarks=tuple(once(remarks)),
            cautions=(f"the selected candidates are {chosen.far}",) if chosen.far else (),
        )

    def _alike(
        self, mix: Mix, evidence: Evidence, seed: int
    ) -> tuple[Samples, Samples, list[str], list[str]]:
        """Return test and training samples in the class shares of candidates, warnings and remarks."""
        test, train = evidence.test.samples, evidence.train.samples
        if not mix.unlike(test):
            return test, train, [], []
        fewer, alike = mix.matched(test, seed), mix.matched(train, seed)
        whole = f"the whole test view ({len(test)}) is {mix.described(test)}"
        if len(fewer) < max(self.per_class_at_least, self.k + 1):
            return (
                test,
                train,
                [
                    f"{mix.counts.sum()} candidates, {mix.described()}, are compared with all test samples: "
                    f"{whole}, and only {len(fewer)} of it have the candidates' class shares. The distances "
                    "include the difference between the classes; read the values of single classes"
                ],
                [],
            )
        return (
            fewer,
            alike,
            [],
            [
                f"{mix.counts.sum()} candidates, {mix.described()}, are compared with the {len(fewer)} test "
                f"samples that have the same class shares; {whole}"
            ],
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
        counts = f"{count(selected, 'selected candidate')} and {count(test, 'test sample')}"
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


def _of_halves(halves: Halves | None, note: str) -> Iterator[Finding]:
    """Yield the kernel distance of two halves of the real samples."""
    if halves is not None:
        yield Finding(
            name="kernel_distance_of_real_halves",
            title="distance of two halves of the real data (kernel)",
            value=halves.mean,
            interval=halves.interval,
            n=halves.n,
            note="mean over 200 divisions of the test and training samples at random; interval: 95 % of the "
            f"divisions; {note}",
        )
