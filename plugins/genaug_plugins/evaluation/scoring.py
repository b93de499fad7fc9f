"""The scores of the downstream arms, with their intervals."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import IntArray
from genaug.statistics.paired import Estimate, crossed_interval
from genaug_plugins.evaluation.fits import Predictions
from genaug_plugins.metrics.classification import Score, accuracy, balanced_accuracy, macro_f1
from genaug_plugins.metrics.probabilities import auroc, average_precision, calibration_error, log_loss

OF_CLASSES: Mapping[str, Score] = {
    "accuracy": accuracy,
    "balanced accuracy": balanced_accuracy,
    "macro F1": macro_f1,
}
"""Scores of the most probable class."""
OF_PROBABILITIES: Mapping[str, Score] = {
    "AUROC": auroc,
    "average precision": average_precision,
    "log-loss": log_loss,
    "calibration error": calibration_error,
}
LOW_IS_GOOD = ("log-loss", "calibration error")


class Scoring:
    """Score what the arms predicted.

    Attributes:
        truth: ``[N]`` classes of the view that the arms predicted.
        predicted: probabilities ``[S, N, classes]`` for each arm.
        values: ``values(score, arm)`` are pseudo-values ``[S, N]``: their mean is the arm's score.
    """

    def __init__(self, truth: IntArray, class_names: Sequence[str], predicted: Predictions) -> None:
        self.truth = truth
        self.predicted = predicted
        self._names = class_names
        self.values = cache(self._scored)

    @property
    def scores(self) -> list[str]:
        """Return the names of the scores that this view allows: one class alone cannot be ranked."""
        ranked = len(np.unique(self.truth)) > 1
        return [*OF_CLASSES, *(name for name in OF_PROBABILITIES if ranked or name in LOW_IS_GOOD)]

    def better(self, score: str) -> Literal["higher", "lower"]:
        """Say which way a score is good."""
        return "lower" if score in LOW_IS_GOOD else "higher"

    def by_seed(self, score: str, arm: str) -> NDArray[np.float64]:
        """Return an arm's score with each seed, ``[S]``."""
        by_seed: NDArray[np.float64] = self.values(score, arm).mean(axis=1)
        return by_seed

    def estimate(self, score: str, arm: str) -> Estimate:
        """Return an arm's score with its interval."""
        return crossed_interval(self.values(score, arm), self.grain(score))

    def gained(self, score: str, over: str, arm: str) -> NDArray[np.float64]:
        """Return the paired differences of an arm and another, ``[S, N]``; positive is better."""
        difference = self.values(score, arm) - self.values(score, over)
        return -difference if score in LOW_IS_GOOD else difference

    def gain(self, score: str, over: str, arm: str) -> Estimate:
        """Return the mean paired difference of an arm and another; positive is better."""
        return crossed_interval(self.gained(score, over, arm), self.grain(score))

    def best(self, score: str, arms: Sequence[str]) -> str:
        """Return the arm with the highest score; of equal ones the first; the first where nothing tells."""
        fitted = [arm for arm in arms if arm in self.predicted]
        if len(self.truth) < 2:
            return fitted[0]
        return max(fitted, key=lambda arm: float(self.by_seed(score, arm).mean()))

    def recalls(self, arm: str) -> dict[str, float]:
        """Return the recall of each class that the test view has, mean over seeds."""
        right = self.values("accuracy", arm)
        return {name: float(right[:, rows].mean()) for name, rows in self._classes()}

    def recall_gains(self, over: str, arm: str) -> dict[str, Estimate]:
        """Return the paired gain in recall, for classes of 2 test samples at least."""
        gained = self.gained("accuracy", over, arm)
        return {
            name: crossed_interval(gained[:, rows], 1 / len(rows))
            for name, rows in self._classes()
            if len(rows) >= 2
        }

    def _scored(self, score: str, arm: str) -> NDArray[np.float64]:
        given = self.predicted[arm]
        if score in OF_CLASSES:
            return np.stack([OF_CLASSES[score](self.truth, row) for row in given.argmax(axis=2)])
        return np.stack([OF_PROBABILITIES[score](self.truth, row.astype(np.float64)) for row in given])

    def grain(self, score: str) -> float:
        """Return what the score changes by where one more sample of the rarest class is right.

        0 for scores of probabilities: they change by any amount.
        """
        if score in OF_PROBABILITIES:
            return 0.0
        if score == "accuracy":
            return 1 / len(self.truth)
        counts = np.unique(self.truth, return_counts=True)[1]
        return float(1 / (len(counts) * counts.min()))

    def _classes(self) -> Iterator[tuple[str, IntArray]]:
        for label in np.unique(self.truth):
            yield self._names[label], np.flatnonzero(self.truth == label)
