"""Does the downstream job get better? The verdict."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

import numpy as np
from pydantic import Field

from genaug.contracts import Context, Evidence, Validator
from genaug.data import Finding, Findings, Samples
from genaug.data.comparison import EVERYTHING, Comparison
from genaug_plugins.metrics.multiple import holm, two_sided_p
from genaug_plugins.metrics.paired import Estimate
from genaug_plugins.validators.downstream_arms import (
    BASELINES,
    RANDOM,
    REAL,
    SELECTED,
    SYNTHETIC,
    training_sets,
)
from genaug_plugins.validators.downstream_comparison import (
    FEWEST_TO_CHOOSE_BY,
    compared,
    without_scores,
)
from genaug_plugins.validators.downstream_contest import contest_sets
from genaug_plugins.validators.downstream_figures import arms_figure, classes_figure
from genaug_plugins.validators.downstream_fits import held
from genaug_plugins.validators.downstream_scores import SCORES, Scoring
from genaug_plugins.validators.downstream_verdict import too_few, verdict, without_comparison

__all__ = ["DownstreamValidator", "verdict"]

FEWEST_PER_CLASS = 5
"""Test samples of each class below which balanced accuracy carries no verdict."""
BALANCED = 1.5
"""The most frequent class of a balanced test view has at most so many times the samples of the rarest."""
CONDITION = "for this training view, generator and pool; another split or fit adds noise of its own"


class DownstreamValidator(Validator):
    """Train the task with and without the kept candidates, and compare on the test view.

    Arms: ``real``; ``real + repeats`` and ``real + classical``, the cheap baselines, as large as the
    augmented set in every class: real samples repeated, and real samples augmented classically;
    ``real + selected``; ``real + random`` (as many candidates of each class, drawn anew for every
    seed from the whole pool: the control for the selectors); ``synthetic only`` (the classification
    accuracy score, Ravuri & Vinyals 2019). Every arm of a seed is fitted with the same task seed and,
    by the task contract, at equal work. An arm that the task refuses is told of in a warning.

    The verdict is ``real + selected`` against the cheap baseline that does best on the validation
    view. Accuracy leads where the test view is balanced (no class has more than 1.5 times the samples
    of another), else balanced accuracy does; both, and macro F1, are reported. The interval of the
    paired difference covers the noise of training seeds and of the finite test view at once
    (`genaug_plugins.metrics.paired.crossed_interval`). It is conditional on the training view,
    the generator and the pool at hand. The p values of the gains over the other arms are corrected
    for their number by Holm's method.

    ``helps``: the 95 % interval lies above 0. ``hurts``: below. ``no measurable effect``: it
    holds 0. ``not enough data to say``: nothing was kept, the training view has fewer than two
    classes, the test view has fewer than 50 samples, or balanced accuracy leads and a class has
    fewer than 5 test samples. Nothing is chosen on the test view.

    In a bake-off (`compare`) it is the protocol: every contender is fitted with the same seeds, and
    chains are held against everything, against as many random candidates, and against real only.
    """

    name: ClassVar[str] = "downstream"

    seeds: int = Field(default=5, ge=3, le=1000)
    """Paired trainings of each arm. Fewer than 3 give no interval that can be trusted."""
    random_control: bool = True
    """Also train on as many candidates that nobody selected, so that the selectors must prove
    themselves."""

    def measure(self, evidence: Evidence, context: Context) -> Findings:
        """Fit every arm with every seed and compare; a killed measurement goes on from the last fit."""
        leading = _leading(evidence.test.samples)
        obstacles = _obstacles(evidence, leading)
        warnings = [f"no verdict: {obstacle}" for obstacle in obstacles]
        test, names = evidence.test.samples, evidence.spec.class_names
        if len(np.unique(evidence.train.samples.labels)) < 2 or len(test) < 2:
            undecided = without_comparison(leading, obstacles)
            return Findings(validator=self.name, verdict=undecided, warnings=tuple(warnings))
        sets = training_sets(evidence, context, self.random_control)
        if SELECTED in sets and SYNTHETIC not in sets:
            warnings.append(f"no arm {SYNTHETIC!r}: the kept candidates are of one class")
        for name, count in zip(names, test.per_class(len(names)), strict=True):
            if count == 0:
                warnings.append(f"the test view has no {name!r}: nothing is said of that class")
            elif count < FEWEST_PER_CLASS:
                warnings.append(f"the recall of {name!r} rests on {count} test samples")

        contest = held(sets, evidence, context, self.seeds)
        warnings += [f"no arm {arm!r}: {reason}" for arm, reason in contest.failed.items()]
        # The order is the point: the baseline is chosen before anything is known of the test view.
        baseline = _best_baseline(
            Scoring(evidence.validation.samples.labels, names, contest.validation), leading
        )
        if len(evidence.validation.samples) < FEWEST_TO_CHOOSE_BY and SELECTED in sets:
            warnings.append(
                f"the baseline, {baseline!r}, was chosen on {len(evidence.validation.samples)} validation "
                f"samples: {FEWEST_TO_CHOOSE_BY} or more would choose better"
            )
        scoring = Scoring(test.labels, names, contest.test)
        figures = [arms_figure(scoring, leading)]
        if SELECTED in contest.failed:
            obstacles.append(f"the task refused {SELECTED!r}: {contest.failed[SELECTED]}")
        said = without_comparison(leading, obstacles)
        if SELECTED in scoring.predicted:
            figures.append(classes_figure(scoring))
            values = [scoring.values(leading, arm) for arm in (SELECTED, baseline)]
            grain = scoring.grain(leading)
            said = verdict(*values, metric=leading, baseline_name=baseline, grain=grain, obstacles=obstacles)
        return Findings(
            validator=self.name,
            findings=tuple(_findings(scoring, leading, baseline)),
            figures=tuple(figures),
            verdict=said,
            warnings=tuple(warnings),
        )

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
        contest = held(contest_sets(evidences, context), evidence, context, self.seeds)
        return compared(self.name, evidences, contest, leading, self.seeds)


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


def _findings(scoring: Scoring, leading: str, baseline: str) -> list[Finding]:
    n, arms = len(scoring.truth), scoring.predicted
    found = []
    for score in sorted(SCORES, key=lambda name: name != leading):
        real = scoring.estimate(score, REAL).value
        for arm in arms:
            seeds = " ".join(f"{value:.4f}" for value in scoring.by_seed(score, arm))
            found.append(
                _finding(
                    f"{score}[{arm}]",
                    scoring.estimate(score, arm),
                    n,
                    reference=None if arm == REAL else real,
                    note=f"mean over {len(scoring.by_seed(score, arm))} seeds: {seeds}; {CONDITION}",
                )
            )
        found.extend(_gains(scoring, score, n))
    for arm in arms:
        found.append(_per_class(f"recall[{arm}]", scoring.recalls(arm), n, "mean over seeds and classes"))
    if SELECTED in arms:
        gain = scoring.gain(leading, baseline)
        before, after = scoring.recalls(REAL), scoring.recalls(SELECTED)
        gains = {name: after[name] - before[name] for name in before}
        found.append(_per_class("recall gain over real", gains, n, f"paired: {SELECTED} minus {REAL}"))
        found.append(
            Finding(
                name="minimum detectable effect",
                value=gain.detectable(),
                better="lower",
                n=n,
                note=f"a true {leading} gain over {baseline} of this size would be found 4 times in 5 with "
                "so many seeds and test samples",
            )
        )
    return found


def _gains(scoring: Scoring, score: str, n: int) -> Iterator[Finding]:
    """Yield what is gained over each arm that is held against, p values corrected for their number."""
    others = [arm for arm in (*BASELINES, RANDOM) if arm in scoring.predicted]
    if SELECTED not in scoring.predicted:
        return
    gains = [scoring.gain(score, other) for other in others]
    corrected = holm([two_sided_p(gain) for gain in gains])
    for other, gain, p in zip(others, gains, corrected, strict=True):
        over = f"paired: {SELECTED} minus {other}"
        note = f"{over}; p = {p:.2g} by Holm for {len(others)} comparisons; {CONDITION}"
        yield _finding(f"{score} gain over {other}", gain, n, note=note)


def _best_baseline(validation: Scoring, score: str) -> str:
    """Return the cheap arm with the highest score on the validation view; of equal ones the simplest."""
    arms = [arm for arm in BASELINES if arm in validation.predicted]
    if len(validation.truth) < 2:
        return REAL
    return max(arms, key=lambda arm: float(validation.by_seed(score, arm).mean()))


def _finding(name: str, estimate: Estimate, n: int, *, note: str, reference: float | None = None) -> Finding:
    return Finding(
        name=name,
        value=estimate.value,
        better="higher",
        interval=estimate.interval,
        n=n,
        reference=reference,
        note=note,
    )


def _per_class(name: str, values: Mapping[str, float], n: int, note: str) -> Finding:
    mean = float(np.mean(list(values.values())))
    return Finding(name=name, value=mean, better="higher", n=n, per_class=dict(values), note=note)
