"""The scores of the downstream arms, with their intervals."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import IntArray
from genaug_plugins.metrics.classification import Score, accuracy, balanced_accuracy, macro_f1
from genaug_plugins.metrics.paired import Estimate, crossed_interval
from genaug_plugins.validators.downstream_arms import REAL, SELECTED
from genaug_plugins.validators.downstream_fits import Predictions

SCORES: Mapping[str, Score] = {
    "accuracy": accuracy,
    "balanced accuracy": balanced_accuracy,
    "macro F1": macro_f1,
}


class Scoring:
    """Score what the arms predicted.

    Attributes:
        truth: ``[N]`` classes of the view that the arms predicted.
        predicted: ``[S, N]`` for each arm.
        values: ``values(score, arm)`` are pseudo-values ``[S, N]``: their mean is the arm's score.
    """

    def __init__(self, truth: IntArray, class_names: Sequence[str], predicted: Predictions) -> None:
        self.truth = truth
        self.predicted = predicted
        self._names = class_names
        self.values = cache(self._scored)

    def by_seed(self, score: str, arm: str) -> NDArray[np.float64]:
        """Return an arm's score with each seed, ``[S]``."""
        by_seed: NDArray[np.float64] = self.values(score, arm).mean(axis=1)
        return by_seed

    def estimate(self, score: str, arm: str) -> Estimate:
        """Return an arm's score with its interval."""
        return crossed_interval(self.values(score, arm), self.grain(score))

    def gain(self, score: str, over: str, arm: str = SELECTED) -> Estimate:
        """Return the paired difference of an arm and another."""
        gained = self.values(score, arm) - self.values(score, over)
        return crossed_interval(gained, self.grain(score))

    def means(self, score: str) -> dict[str, float]:
        """Return the score of each arm."""
        return {arm: self.estimate(score, arm).value for arm in self.predicted}

    def recalls(self, arm: str) -> dict[str, float]:
        """Return the recall of each class that the test view has, mean over seeds."""
        right = self.values("accuracy", arm)
        return {name: float(right[:, rows].mean()) for name, rows in self._classes()}

    def recall_gains(self) -> dict[str, Estimate]:
        """Return the paired gain in recall over real, for classes of 2 test samples at least."""
        gained = self.values("accuracy", SELECTED) - self.values("accuracy", REAL)
        return {
            name: crossed_interval(gained[:, rows], 1 / len(rows))
            for name, rows in self._classes()
            if len(rows) >= 2
        }

    def _scored(self, score: str, arm: str) -> NDArray[np.float64]:
        return np.stack([SCORES[score](self.truth, row) for row in self.predicted[arm]])

    def grain(self, score: str) -> float:
        """Return what the score changes by where one more sample of the rarest class is right."""
        if score == "accuracy":
            return 1 / len(self.truth)
        counts = np.unique(self.truth, return_counts=True)[1]
        return float(1 / (len(counts) * counts.min()))

    def _classes(self) -> Iterator[tuple[str, IntArray]]:
        for label in np.unique(self.truth):
            yield self._names[label], np.flatnonzero(self.truth == label)
