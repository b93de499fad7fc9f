"""The terms of a stability bound, estimated from a run."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Context, Evidence, Extractor, Validator
from genaug.data import Finding, Findings
from genaug.data.samples import FloatArray
from genaug.data.seeds import derive_seed
from genaug_plugins.evaluation.requirements import refused_training
from genaug_plugins.metrics.variation import FEWEST, Variation, variation_at_least


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
    title: ClassVar[str] = "What could more synthetic data do at best?"

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
        from genaug_plugins.validators.stability_bound.findings import bound_findings, stability_findings
        from genaug_plugins.validators.stability_bound.stability import law_through, measured_stability

        held_out, selected = evidence.validation.samples, evidence.selected.samples
        lacking = []
        if min(len(held_out), len(selected)) < FEWEST:
            lacking.append(
                f"no d_TV and no bound: {len(held_out)} validation samples and {len(selected)} selected "
                f"candidates, {FEWEST} of each are needed"
            )
        unusable = refused_training(evidence)
        nothing = held_out.take(np.zeros(0, dtype=np.int64))
        prediction = np.zeros((0, *evidence.task.prediction_shape(evidence.spec)))
        if len(held_out) < 2:
            unusable = f"{len(held_out)} validation samples, 2 are needed"
        elif not unusable and evidence.task.loss(prediction, nothing) is None:
            unusable = f"the task {evidence.task.name!r} has no loss in [0, 1] (`loss`)"
        if unusable:
            lacking.append(f"no stability and no bound: {unusable}")
            return Findings(validator=self.name, warnings=tuple(lacking))
        stability = measured_stability(evidence, context, self.repetitions)
        findings = list(stability_findings(stability))
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
        findings += bound_findings(bound, len(selected))
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
