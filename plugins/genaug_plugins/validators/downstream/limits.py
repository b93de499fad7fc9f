"""What a comparison can hardly show: nothing is left to gain, or nothing was learned."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from genaug_plugins.evaluation.arms import REAL
from genaug_plugins.evaluation.scoring import Scoring

HANDFUL = 5
"""Most test samples that may be wrong where nothing is left to gain."""


@dataclass(frozen=True)
class Limit:
    """Why a comparison can hardly show what synthetic samples are worth.

    Attributes:
        kind: ``ceiling``: nothing is left to gain; ``chance``: no arm is better than a constant guess.
        sentence: with the numbers, and what to do.
    """

    kind: Literal["ceiling", "chance"]
    sentence: str


def limit(scoring: Scoring, leading: str) -> Limit | None:
    """Return why the comparison can hardly show anything; None where nothing is against it.

    *Ceiling*: the interval of `real` ends within one test sample (the metric's grain) of a perfect score, a
    handful of test samples at most is wrong, and the whole interval is past half of the way from a constant
    guess to the perfect score, or nothing is wrong. *Chance*: the interval of every arm contains the score of
    the best constant guess.

    Args:
        scoring: of the test view, with two samples at least.
        leading: the metric that decides.
    """
    metric = scoring.metrics[leading]
    sign = 1 if metric.higher_is_better else -1
    perfect = metric.bounds[1] if metric.higher_is_better else metric.bounds[0]
    constant = _constant_guess(scoring, leading)
    if constant is None:
        return None
    worst = {arm: _pessimistic(scoring, leading, arm) for arm in scoring.predicted}
    if all(sign * (low - constant) <= 0 for low in worst.values()):
        best = scoring.best(leading, list(scoring.predicted))
        found = scoring.estimate(leading, best)
        return Limit(
            "chance",
            f"no training set is clearly better than always guessing the same class, which has {leading} "
            f"{constant:.3f}: the best, {best}, has {found.value:.3f} ({found.low:.3f} to {found.high:.3f}). "
            "Nothing can be learned here of what synthetic samples are worth: first find a model or features "
            "that learn these classes, check the labels, or add real samples",
        )
    if REAL not in scoring.predicted or not math.isfinite(perfect) or not metric.grain:
        return None
    real = scoring.estimate(leading, REAL)
    optimistic = real.high if metric.higher_is_better else real.low
    half = (constant + perfect) / 2
    close = abs(perfect - optimistic) <= metric.grain * (1 + 1e-9)
    few = abs(perfect - real.value) <= HANDFUL * metric.grain
    if close and few and (real.value == perfect or sign * (worst[REAL] - half) > 0):
        return Limit(
            "ceiling",
            f"real alone already has {leading} {real.value:.3f} ({real.low:.3f} to {real.high:.3f}) on the "
            f"{len(scoring.samples)} test samples: next to nothing is left to gain, so that this test cannot "
            "show what synthetic samples are worth. Try them where it is harder: with fewer training samples "
            "(`split: {train_counts: …}`), or with harder test samples",
        )
    return None


def _pessimistic(scoring: Scoring, leading: str, arm: str) -> float:
    """Return the worse end of an arm's interval."""
    found = scoring.estimate(leading, arm)
    return found.low if scoring.metrics[leading].higher_is_better else found.high


def _constant_guess(scoring: Scoring, leading: str) -> float | None:
    """Return the score of the class shares as the prediction for every sample; None for other tasks."""
    labels = scoring.samples.labels
    if scoring.task.predicts != "classes" or not len(labels):
        return None
    width = next(iter(scoring.predicted.values())).shape[-1]
    shares = np.bincount(labels[labels >= 0], minlength=width) / max(1, (labels >= 0).sum())
    guess = np.tile(shares, (len(labels), 1))
    score = float(scoring.metrics[leading].scores(guess, scoring.samples).mean())
    return score if math.isfinite(score) else None
