"""Metrics of the arms' predictions, with their intervals."""

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Metric, Task
from genaug.data import Samples
from genaug.data.samples import IntArray
from genaug.statistics.bounds import difference_bounds
from genaug.statistics.paired import Estimate, crossed_interval
from genaug_plugins.evaluation.predictions import Predictions

Doubles = NDArray[np.float64]


class Scoring:
    """Scores of the arms' predictions for a view.

    Args:
        task: whose metrics are computed.
        samples: of the view.
        class_names: of the data set.
        predicted: ``[S, N, ...]`` for each arm.

    Attributes:
        samples: of the view.
        predicted: predictions of each arm.
        metrics: the metrics that can be computed on the view, by name.
        values: ``values(metric, arm)`` are ``[S, N]``: their mean is the arm's metric.
    """

    def __init__(
        self, task: Task, samples: Samples, class_names: Sequence[str], predicted: Predictions
    ) -> None:
        self.task = task
        self.samples = samples
        self.predicted = predicted
        self.metrics: dict[str, Metric] = {metric.name: metric for metric in task.metrics(samples)}
        self._names = class_names
        self.values = cache(self._scored)

    def by_seed(self, metric: str, arm: str) -> Doubles:
        """Return an arm's metric with each seed, ``[S]``."""
        by_seed: Doubles = self.values(metric, arm).mean(axis=1)
        return by_seed

    def estimate(self, metric: str, arm: str) -> Estimate:
        """Return an arm's metric with its interval, which lies within the metric's bounds."""
        its = self.metrics[metric]
        return crossed_interval(self.values(metric, arm), its.grain, bounds=its.bounds)

    def gained(self, metric: str, over: str, arm: str) -> Doubles:
        """Return the paired differences of an arm and another, ``[S, N]``; positive is better."""
        difference = self.values(metric, arm) - self.values(metric, over)
        return difference if self.metrics[metric].higher_is_better else -difference

    def gain(self, metric: str, over: str, arm: str) -> Estimate:
        """Return the mean paired difference of an arm and another; positive is better."""
        its = self.metrics[metric]
        estimate = crossed_interval(self.gained(metric, over, arm), its.grain)
        return estimate.clipped(difference_bounds(its.bounds))

    def merit(self, metric: str, arm: str) -> float:
        """Return an arm's metric, negated if less is better, so that more is better."""
        mean = float(self.by_seed(metric, arm).mean())
        return mean if self.metrics[metric].higher_is_better else -mean

    def best(self, metric: str, arms: Sequence[str]) -> str:
        """Return the best arm; the first of equal ones, and the first if no score is finite."""
        fitted = [arm for arm in arms if arm in self.predicted]
        if len(self.samples) < 2:
            return fitted[0]
        return max(fitted, key=lambda arm: self.merit(metric, arm))

    def by_class(self, arm: str) -> dict[str, float]:
        """Return the mean score of each class that the view has, over seeds."""
        scores = self.values(self.task.metric, arm)
        return {name: float(scores[:, rows].mean()) for name, rows in self._classes()}

    def class_gains(self, over: str, arm: str) -> dict[str, Estimate]:
        """Return the paired gain in the score, for classes of at least 2 samples; positive is better."""
        gained = self.gained(self.task.metric, over, arm)
        bounds = difference_bounds(self.metrics[self.task.metric].bounds)
        return {
            name: crossed_interval(gained[:, rows], 1 / len(rows)).clipped(bounds)
            for name, rows in self._classes()
            if len(rows) >= 2
        }

    def _scored(self, metric: str, arm: str) -> Doubles:
        scores = self.metrics[metric].scores
        return np.stack([scores(row.astype(np.float64), self.samples) for row in self.predicted[arm]])

    def _classes(self) -> Iterator[tuple[str, IntArray]]:
        for label in np.unique(self.samples.labels[self.samples.labels >= 0]):
            yield self._names[label], np.flatnonzero(self.samples.labels == label)
