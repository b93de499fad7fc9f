"""The terms of a stability bound, estimated from a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Context, Evidence, Extractor, Validator
from genaug.data import Finding, Findings
from genaug.data.samples import FloatArray
from genaug.data.seeds import derive_seed
from genaug_plugins.evaluation.requirements import refused_training
from genaug_plugins.metrics.variation import FEWEST, Variation, variation_at_least

if TYPE_CHECKING:
    from genaug_plugins.validators.stability_bound.bound import Bound
    from genaug_plugins.validators.stability_bound.stability import Measured

LOSS = "loss 1 − p(true class), the expected 0-1 loss of a draw from the probabilities: M = 1"


class StabilityBoundValidator(Validator):
    """Estimate the terms of the stability bound of Zheng, Wu & Li, and where more synthetic data lowers it.

    The bound on the generalization gap is in `genaug_plugins.validators.stability_bound.bound`. It hides its
    constants, so no value here is certified: it shows which term dominates, and how each changes with the
    number of synthetic samples.

    m_S is the size of the training view, m_G that of the selection, M = 1. **d_TV is a lower bound**: how
    well a classifier separates validation samples, which the generator has not used, from kept candidates by
    features and label. **β is an average; the theorem uses a supremum**: the task is fitted again with
    one training sample replaced by a validation sample, on the real data and on real + selected, and the
    mean change of the loss on the other validation samples is taken; between and beyond the two sizes it is
    assumed to follow a power of the size. **T**, how much the generator depends on one of its training
    samples, **is not measured**, as the generator would have to be fitted again: the bound is given without
    it, and its term's largest value beside it. So every estimate has a downward bias.

    The bound is on the gap between the loss on the augmented training set and on new data. A smaller gap is
    not a smaller error: use the validator `downstream` to measure the error.
    """

    name: ClassVar[str] = "stability-bound"

    repetitions: int = Field(default=5, ge=2, le=1000)
    """Number of replacements in each of two training sets; each needs four fits of the task."""
    delta: float = Field(default=0.05, gt=0, lt=1)
    """δ: the bound, with its true constants, holds with probability 1 − δ."""
    most: int = Field(default=2000, ge=FEWEST, le=20_000)
    """Maximum number of samples of each part, drawn at random, that the classifier of d_TV uses; time grows
    as its square."""
    extractor: Use[Extractor] | None = None
    """The feature space of d_TV. None: the pipeline's."""

    def measure(self, evidence: Evidence, context: Context) -> Findings:
        """Estimate the terms; if samples are too few for one, warn and leave the bound out."""
        from genaug_plugins.validators.stability_bound.bound import Bound
        from genaug_plugins.validators.stability_bound.figures import break_even_figure, terms_figure
        from genaug_plugins.validators.stability_bound.stability import law_through, measured_stability

        held_out, selected = evidence.validation.samples, evidence.selected.samples
        lacking = []
        if min(len(held_out), len(selected)) < FEWEST:
            lacking.append(
                f"no d_TV and no bound: {len(held_out)} validation samples and {len(selected)} selected "
                f"candidates, {FEWEST} of each are needed"
            )
        unusable = refused_training(evidence)
        if len(held_out) < 2:
            unusable = f"{len(held_out)} validation samples, 2 are needed"
        elif not unusable and not _has_loss(evidence):
            unusable = f"the task {evidence.task.name!r} has no loss in [0, 1] (`loss`)"
        if unusable:
            lacking.append(f"no stability and no bound: {unusable}")
            return Findings(validator=self.name, warnings=tuple(lacking))
        stability = measured_stability(evidence, context, self.repetitions)
        findings = list(_of_stability(stability))
        lacking += stability.warnings
        if not stability.changes or min(len(held_out), len(selected)) < FEWEST:
            return Findings(validator=self.name, findings=tuple(findings), warnings=tuple(lacking))
        variation, per_class, note = self._variation(evidence, context)
        bound = Bound(
            real=len(evidence.train.samples),
            divergence=variation.value,
            stability=law_through(stability),
            delta=self.delta,
        )
        findings.append(
            Finding(
                name="total_variation",
                value=variation.value,
                better="lower",
                interval=variation.interval,
                n=min(len(held_out), len(selected)),
                per_class=per_class,
                note=f"LOWER bound of d_TV, 2·accuracy − 1 of a classifier that separates {len(held_out)} "
                f"validation samples from {len(selected)} selected ones with balanced accuracy "
                f"{variation.accuracy:.3f} (at most {self.most:,} of each; {variation.raw:+.3f} before it is "
                f"cut off at 0); of each class by its features alone; {note}",
            )
        )
        findings += _of_bound(bound, len(selected))
        figures = (terms_figure(bound, len(selected)), break_even_figure(bound, variation.interval))
        return Findings(
            validator=self.name, findings=tuple(findings), figures=figures, warnings=tuple(lacking)
        )

    def _variation(self, evidence: Evidence, context: Context) -> tuple[Variation, dict[str, float], str]:
        """Return d_TV of labelled samples, of each class that is large enough, and the record of the feature
        space.
        """
        space = self.extractor or context.extractor
        seed = derive_seed(context.seed, "stability bound", "folds")
        names = evidence.spec.class_names
        parts = []
        for name, samples in (
            ("validation", evidence.validation.samples),
            ("selected", evidence.selected.samples),
        ):
            rows = np.sort(context.rng("stability bound", name).permutation(len(samples))[: self.most])
            parts.append((context.features(space, samples)[rows], samples.labels[rows]))
        (real, real_labels), (made, made_labels) = parts
        joint = [
            np.concatenate([features, np.eye(len(names), dtype=np.float32)[labels]], axis=1)
            for features, labels in parts
        ]
        per_class = {}
        for label, name in enumerate(names):
            pair: tuple[FloatArray, FloatArray] = (real[real_labels == label], made[made_labels == label])
            if min(map(len, pair)) >= FEWEST:
                per_class[name] = variation_at_least(*pair, seed=seed).value
        record = ", ".join(f"{key} {value}" for key, value in context.record(space).items())
        return variation_at_least(*joint, seed=seed), per_class, f"features: {record}"


def _has_loss(evidence: Evidence) -> bool:
    nothing = evidence.validation.samples.take(np.zeros(0, dtype=np.int64))
    prediction = np.zeros((0, *evidence.task.prediction_shape(evidence.spec)))
    return evidence.task.loss(prediction, nothing) is not None


def _of_stability(stability: Measured) -> Iterator[Finding]:
    for arm, changes in stability.changes.items():
        yield Finding(
            name=f"stability[{arm}]",
            value=changes.mean,
            better="lower",
            interval=changes.interval,
            n=changes.repetitions,
            note=f"β at {changes.size} samples: mean change of the loss on validation samples when one "
            "training sample is replaced, an average; the theorem uses a supremum (largest value "
            f"{changes.largest:.3g}); interval over repetitions; {LOSS}",
        )


def _of_bound(bound: Bound, kept: int) -> Iterator[Finding]:
    from genaug_plugins.validators.stability_bound.bound import SOURCE

    terms = bound.at(float(kept))
    by_name = {name: float(value) for name, value in terms.by_name().items()}
    dominant = max(by_name, key=by_name.__getitem__)
    total, alone = float(terms.total), float(bound.total(0.0))
    sizes = f"m_S = {bound.real}, m_G = {kept}"
    for name, value in by_name.items():
        said = "the dominant one; " if name == dominant else ""
        yield Finding(name=f"term[{name}]", value=value, better="lower", note=f"{said}{sizes}; {SOURCE}")
    yield Finding(
        name="term[generator, at most]",
        value=float(terms.generator_at_most),
        better="lower",
        note="m_S·log m_S·M·T/m_T for T = 1: T is not measured and lies in [0, 1]; not in the sums; "
        + SOURCE,
    )
    beyond = "; above M: vacuous with constants of 1" if total > bound.loss_bound else ""
    p = bound.stability.exponent
    yield Finding(
        name="bound[real]", value=alone, better="lower", note=f"m_S = {bound.real}, m_G = 0; {SOURCE}"
    )
    yield Finding(
        name="bound[real + selected]",
        value=total,
        better="lower",
        reference=alone,
        note=f"{sizes}, T left out; {dominant} dominates{beyond}; {SOURCE}",
    )
    yield Finding(
        name="bound[infinite synthetic data]",
        value=bound.limit(),
        better="lower",
        reference=alone,
        note=f"M·d_TV, if β falls with the size; here β ∝ size^−{p:.2g}; {SOURCE}",
    )
    even = bound.break_even()
    yield Finding(
        name="break_even",
        value=np.inf if even is None else even,
        better="lower",
        note="synthetic samples from which the bound is no larger than that of real data alone"
        + (" (none up to a million times the real ones); " if even is None else "; ")
        + f"AT LEAST, as d_TV is a lower bound; {SOURCE}",
    )
    counts = {"peak": 0, "valley": 0}
    said_of = {
        "peak": "synthetic samples from which more lower the bound; up to there each raises it",
        "valley": "synthetic samples from which more raise the bound again",
    }
    for at, sort in bound.turns():
        counts[sort] += 1
        number = "" if counts[sort] == 1 else f" {counts[sort]}"
        yield Finding(name=f"turn[{sort}{number}]", value=at, note=f"{said_of[sort]}; {SOURCE}")
