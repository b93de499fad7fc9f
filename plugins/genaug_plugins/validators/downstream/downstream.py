"""Does the downstream job get better? The verdict."""

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from genaug.contracts import Context, Evidence, Validator
from genaug.data import Figure, Findings, Samples
from genaug.data.comparison import EVERYTHING, Comparison
from genaug_plugins.evaluation.arms import (
    BASELINES,
    PRETRAINED,
    SELECTED,
    SYNTHETIC,
    Mixing,
    augmented_arms,
    cheap_arms,
    control_arms,
    names_by_ratio,
    ratio_name,
)
from genaug_plugins.evaluation.fits import Arms, fit_arms
from genaug_plugins.evaluation.scoring import Scoring
from genaug_plugins.validators.downstream.comparison import (
    FEWEST_TO_CHOOSE_BY,
    compared,
    without_scores,
)
from genaug_plugins.validators.downstream.contenders import contender_arms
from genaug_plugins.validators.downstream.figures import arms_figure, classes_figure, sweep_figure
from genaug_plugins.validators.downstream.findings import findings_of
from genaug_plugins.validators.downstream.verdict import too_few, verdict, without_comparison

__all__ = ["DownstreamValidator", "verdict"]

FEWEST_PER_CLASS = 5
"""Test samples of each class below which balanced accuracy carries no verdict."""
BALANCED = 1.5
"""The most frequent class of a balanced test view has at most so many times the samples of the rarest."""


class DownstreamValidator(Validator):
    """Train the task with and without the kept candidates, and compare on the test view.

    Arms: ``real``; ``real + repeats`` and ``real + classical``, the cheap baselines, as large as the
    augmented set in every class: real samples repeated, and real samples augmented classically;
    ``real + selected``, and where `ratios` or `mixing` ask for them, other ways to use the kept
    candidates; ``real + random`` (as many candidates of each class as were kept, drawn anew for every
    seed from the whole pool: the control for the selectors); ``synthetic only`` (the classification
    accuracy score, Ravuri & Vinyals 2019). Every arm of a seed is fitted with the same task seed and,
    by the task contract, at equal work. An arm that the task refuses is told of in a warning. Fits run
    side by side where the run may use several threads.

    The verdict holds the augmented arm that does best on the validation view against the cheap baseline
    that does best there. Accuracy leads where the test view is balanced (no class has more than 1.5
    times the samples of another), else balanced accuracy does; both, macro F1, AUROC, average precision,
    log-loss and calibration error are reported. The interval of the paired difference covers the noise of
    training seeds and of the finite test view at once
    (`genaug.statistics.paired.crossed_interval`). It is conditional on the training view,
    the generator and the pool at hand. The p values of the gains over the other arms are corrected
    for their number by Holm's method; beside those of the leading score stand a permutation test and a
    bootstrap.

    ``helps``: the 95 % interval lies above 0. ``hurts``: below. ``no measurable effect``: it
    holds 0. ``not enough data to say``: nothing was kept, the training view has fewer than two
    classes, the test view has fewer than 50 samples, or balanced accuracy leads and a class has
    fewer than 5 test samples. Nothing is chosen on the test view: what was predicted for it is sealed
    until the choice is made.

    In a bake-off (`compare`) it is the protocol: every contender is fitted with the same seeds, and
    chains are held against everything, against as many random candidates, and against real only.
    """

    name: ClassVar[str] = "downstream"

    seeds: int = Field(default=5, ge=3, le=1000)
    """Paired trainings of each arm. Fewer than 3 give no interval that can be trusted."""
    random_control: bool = True
    """Also train on as many candidates that nobody selected, so that the selectors must prove
    themselves."""
    ratios: tuple[Annotated[float, Field(gt=0)], ...] = ()
    """Also train on fewer of the kept candidates: so many for each real sample, like [0.5, 1, 2], each
    class in its share. Whichever is best on the validation view, all of them included, gets the verdict."""
    mixing: tuple[Mixing, ...] = ()
    """Also mix in other ways than by appending. `replace`: in every pass, each real sample gives way to
    a kept candidate of its class with the probability `share`. `pretrain`: on the candidates in the first
    half of the steps, on the real samples in the second; for tasks that can. They take part in the choice."""
    share: float = Field(default=0.5, gt=0, le=1)
    """How probable it is, in `replace`, that a real sample gives way."""

    def measure(self, evidence: Evidence, context: Context) -> Findings:
        """Fit every arm with every seed and compare; a killed measurement goes on from the last fit."""
        test, names = evidence.test.samples, evidence.spec.class_names
        leading = _leading(test)
        obstacles = _obstacles(evidence, leading)
        warnings = [f"no verdict: {obstacle}" for obstacle in obstacles]
        if len(np.unique(evidence.train.samples.labels)) < 2 or len(test) < 2:
            undecided = without_comparison(leading, obstacles)
            return Findings(validator=self.name, verdict=undecided, warnings=tuple(warnings))
        augmented = augmented_arms(evidence, context, self.ratios, self.mixing, self.share)
        sets = {
            **cheap_arms(evidence, context),
            **augmented,
            **control_arms(evidence, context, self.random_control),
        }
        warnings += self._missing(evidence, sets)
        fitted_arms = fit_arms(sets, evidence, context, self.seeds)
        warnings += [f"no arm {arm!r}: {reason}" for arm, reason in fitted_arms.failed.items()]
        # The order is the point: the arms are chosen before anything is known of the test view.
        validation = Scoring(evidence.validation.samples.labels, names, fitted_arms.validation)
        baseline = validation.best(leading, BASELINES)
        fitted = [arm for arm in augmented if arm not in fitted_arms.failed]
        arm = validation.best(leading, fitted) if fitted else SELECTED
        if len(validation.truth) < FEWEST_TO_CHOOSE_BY and fitted:
            chosen = f"the baseline, {baseline!r}, was"
            if len(fitted) > 1:
                chosen = f"the baseline, {baseline!r}, and the augmented arm, {arm!r}, were"
            warnings.append(
                f"{chosen} chosen on {len(validation.truth)} validation samples: {FEWEST_TO_CHOOSE_BY} or "
                "more would choose better"
            )
        scoring = Scoring(test.labels, names, fitted_arms.revealed(f"{arm} against {baseline}"))
        figures: list[Figure] = [arms_figure(scoring, leading)]
        swept = names_by_ratio(evidence, augmented, self.ratios)
        if len(swept) > 2 and len(validation.truth) >= 2:
            figures.append(sweep_figure(validation, scoring, leading, swept, arm))
        if not fitted and augmented:
            obstacles.append(f"the task refused {SELECTED!r}: {fitted_arms.failed[SELECTED]}")
        said = without_comparison(leading, obstacles)
        if fitted:
            figures.append(classes_figure(scoring, baseline, arm))
            said = verdict(
                *(scoring.values(leading, one) for one in (arm, baseline)),
                metric=leading,
                baseline_name=baseline,
                augmented_name=arm,
                grain=scoring.grain(leading),
                obstacles=obstacles,
            )
        return Findings(
            validator=self.name,
            findings=tuple(findings_of(scoring, leading, arm, baseline, context)),
            figures=tuple(figures),
            verdict=said,
            warnings=tuple(warnings),
        )

    def _missing(self, evidence: Evidence, sets: Arms) -> Iterator[str]:
        """Say which arms there are not, and of which classes little can be said."""
        if SELECTED in sets and SYNTHETIC not in sets:
            yield f"no arm {SYNTHETIC!r}: the kept candidates are of one class"
            if "pretrain" in self.mixing:
                yield f"no arm {PRETRAINED!r}: the kept candidates are of one class"
        kept, real = len(evidence.selected.samples), len(evidence.train.samples)
        for ratio in self.ratios:
            if SELECTED in sets and ratio_name(ratio) not in sets:
                yield (
                    f"no arm {ratio_name(ratio)!r}: {kept} candidates were kept for {real} real samples, and "
                    f"{SELECTED!r} has them all"
                )
        names, counts = evidence.spec.class_names, evidence.test.samples.per_class(evidence.spec.classes)
        for name, count in zip(names, counts, strict=True):
            if count == 0:
                yield f"the test view has no {name!r}: nothing is said of that class"
            elif count < FEWEST_PER_CLASS:
                yield f"the recall of {name!r} rests on {count} test samples"

    def compare(self, evidences: Mapping[str, Evidence], context: Context) -> Comparison:
        """Fit every contender with every seed; choose on the validation view, report on the test view.

        Balanced accuracy leads where either of the two views is unbalanced; nothing but that is known
        of the test view when the choice is made. A contender whose training set the task refuses is
        reported without scores.
        """
        evidence = evidences[EVERYTHING]
        views = (evidence.validation.samples, evidence.test.samples)
        leading = "accuracy" if {_leading(view) for view in views} == {"accuracy"} else "balanced accuracy"
        classes = len(np.unique(evidence.train.samples.labels))
        if classes < 2 or not any(map(len, views)):
            why = (
                "the training view has fewer than two classes"
                if classes < 2
                else "there is nothing to test on"
            )
            return without_scores(self.name, evidences, leading, self.seeds, why)
        fitted_arms = fit_arms(contender_arms(evidences, context), evidence, context, self.seeds)
        return compared(self.name, evidences, fitted_arms, leading, self.seeds)


def _leading(view: Samples) -> str:
    """Return the score that leads on a view."""
    counts = np.unique(view.labels, return_counts=True)[1]
    return "accuracy" if not len(counts) or counts.max() <= BALANCED * counts.min() else "balanced accuracy"


def _obstacles(evidence: Evidence, leading: str) -> list[str]:
    """Say what stands against a verdict."""
    found = []
    counts = np.unique(evidence.test.samples.labels, return_counts=True)[1]
    if not evidence.funnel.kept.any():
        found.append(f"none of the {len(evidence.pool)} candidates was kept")
    if len(np.unique(evidence.train.samples.labels)) < 2:
        found.append("the training view has fewer than two classes")
    if few := too_few(len(evidence.test.samples)):
        found.extend(few)
    elif leading == "balanced accuracy" and counts.min() < FEWEST_PER_CLASS:
        found.append(f"a class has {counts.min()} test samples; {FEWEST_PER_CLASS} are needed")
    return found
