"""The best arm of a comparison, whether or not anything generated is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from genaug_plugins.evaluation.scoring import Scoring

FEWEST_TO_CHOOSE_BY = 50
"""Number of validation samples below which a choice on the validation view is called weak."""


@dataclass(frozen=True)
class Best:
    """The arm to train with.

    Attributes:
        arm: its name.
        score: its score on the test view.
        interval: 95 % confidence interval of the score.
        choice: how it was chosen, and whether that makes the score optimistic.
    """

    arm: str
    score: float
    interval: tuple[float, float]
    choice: str

    @property
    def sentence(self) -> str:
        """Return ``Best here: real + classical (0.967), 0.958 to 0.975, …``."""
        low, high = self.interval
        return f"Best here: {self.arm} ({self.score:.3f}), {low:.3f} to {high:.3f}, {self.choice}"

    def doubted(self) -> Best:
        """Return it with the caution that test samples which allow no verdict do not tell what is best."""
        return replace(self, choice=f"{self.choice}; a guess: too few test samples to tell what is best")

    def recorded(self) -> dict[str, Any]:
        """Return the fields of a verdict that hold it."""
        return {
            "best_arm": self.arm,
            "best_score": self.score,
            "best_interval": self.interval,
            "best_choice": self.choice,
        }


def best_on_validation(validation: Scoring, metric: str, arms: Sequence[str]) -> str | None:
    """Return the best arm of the validation view; None where that is too small for a choice.

    It is too small below 50 samples, and where the task states an obstacle: too few samples of a class.

    Args:
        validation: the predictions for the validation view.
        metric: the leading metric.
        arms: that may be the best, the simplest first: it wins ties.
    """
    if len(validation.samples) < FEWEST_TO_CHOOSE_BY or validation.task.obstacles(validation.samples):
        return None
    return validation.best(metric, arms)


def best_as_helpful(test: Scoring, metric: str, arm: str) -> Best:
    """Return an augmented arm as the best one, since it is above every baseline on the test view."""
    estimate = test.estimate(metric, arm)
    return Best(arm, estimate.value, estimate.interval, "above every cheap baseline")


def best_here(test: Scoring, metric: str, arms: Sequence[str], chosen: str | None) -> Best:
    """Return the best arm with its score on the test view.

    Args:
        test: the predictions for the test view.
        metric: the leading metric.
        arms: that may be the best, the simplest first.
        chosen: the arm that `best_on_validation` chose; None: the arm with the best score on the test view,
            which is called optimistic.
    """
    many = sum(arm in test.predicted for arm in arms)
    arm = test.best(metric, arms) if chosen is None else chosen
    estimate = test.estimate(metric, arm)
    choice = "chosen on the validation view"
    if many == 1:
        choice = "the only arm"
    elif chosen is None:
        choice = f"the best of {many} arms by this score, which is therefore optimistic"
    return Best(arm, estimate.value, estimate.interval, choice)
