"""Logistic regression on values or features."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from genaug.contracts import Model
from genaug.data import Samples
from genaug.data.samples import FloatArray

Columns = Callable[[Samples], NDArray[np.float64]]
"""Turn samples into a table ``[N, D]``."""


class LogisticRegressionModel(Model):
    """Hold a fitted regression with the centre and scale of its inputs."""

    def __init__(
        self,
        columns: Columns,
        centre: NDArray[np.float64],
        scale: NDArray[np.float64],
        regression: LogisticRegression,
        classes: int,
    ) -> None:
        self._columns = columns
        self._centre = centre
        self._scale = scale
        self._regression = regression
        self._classes = classes

    def predict(self, samples: Samples) -> NDArray[np.float64]:
        """Return class probabilities, float64 ``[N, classes]``; 0 for classes it never saw."""
        probabilities = np.zeros((len(samples), self._classes))
        if len(samples):
            inputs = self._inputs(samples)
            probabilities[:, self._regression.classes_] = self._regression.predict_proba(inputs)
        return probabilities

    def features(self, samples: Samples) -> FloatArray:
        """Return the standardized inputs, float32 ``[N, D]``: there is no layer between."""
        return self._inputs(samples).astype(np.float32)

    def _inputs(self, samples: Samples) -> NDArray[np.float64]:
        return (self._columns(samples) - self._centre) / self._scale


def fit_logistic_regression(
    columns: Columns, training: Samples, classes: int, strength: float, balance: bool, one_scale: bool
) -> LogisticRegressionModel:
    """Fit to convergence; the problem is convex, so nothing in it is random.

    Args:
        columns: what turns samples into a table.
        training: samples of two classes at least.
        classes: how many classes the data set has.
        strength: inverse of the L2 penalty's weight.
        balance: weigh each sample by the inverse of its class's count.
        one_scale: centre each column but divide all by one number, the root of their mean
            variance: pixels that hardly vary then stay small. Else each column by its own.
    """
    table = columns(training)
    centre, variance = table.mean(axis=0), table.var(axis=0)
    scale = np.sqrt(np.full_like(variance, variance.mean()) if one_scale else variance)
    scale[scale < 1e-6] = 1.0  # a constant column says nothing; it must not blow up what is predicted
    regression = LogisticRegression(C=strength, class_weight="balanced" if balance else None, max_iter=5000)
    regression.fit((table - centre) / scale, training.labels)
    return LogisticRegressionModel(columns, centre, scale, regression, classes)
