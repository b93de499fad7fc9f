"""Ridge classification with probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.linear_model import RidgeClassifierCV

from genaug.adapters.columns import Table

PENALTIES = np.logspace(-3, 3, 13)
"""Candidate L2 penalties, chosen by leave-one-out, as by MiniRocket's authors."""


class CalibratedRidge:
    """scikit-learn's RidgeClassifierCV with probabilities: least squares to 1 (the class) and -1 (any other).

    Least squares gives no probabilities. They are computed from the decision values f [N, classes] as
    softmax(s·f), and the scale s is the one at which the leave-one-out decision values of the training
    samples predict their labels best (log loss; temperature scaling, Guo et al. 2017). Targets are smoothed
    as Platt (1999) does, (n + 1)/(n + 2) for a class of n, so that s stays finite if leave-one-out makes no
    mistake. This changes neither the order of a sample's classes nor the predictions; one parameter fitted to
    few samples is a rough calibration.

    Args:
        balance: weight each sample by the inverse of its class's count.

    Attributes:
        classes_: labels in the training set, ascending.
    """

    def __init__(self, balance: bool) -> None:
        self._balance = balance

    def fit(self, table: Table, labels: NDArray[np.int64]) -> None:
        """Fit to a standardized table ``[N, D]`` and labels ``[N]`` of at least two classes."""
        self.classes_, places, counts = np.unique(labels, return_inverse=True, return_counts=True)
        self._ridge = RidgeClassifierCV(PENALTIES, class_weight="balanced" if self._balance else None)
        self._ridge.fit(table, places)
        weights = np.ones(len(places))
        if self._balance:
            weights = (len(places) / (len(counts) * counts))[places]
        left_out = left_out_values(table, places, self._decision(table), weights, float(self._ridge.alpha_))
        self._scale = _fitted_scale(left_out, places, counts, weights)

    def predict_proba(self, table: Table) -> Table:
        """Return probabilities of the classes in the training set, ``[N, classes]``."""
        found: Table = softmax(self._scale * self._decision(table), axis=1)
        return found

    def _decision(self, table: Table) -> Table:
        found = self._ridge.decision_function(table)
        return np.stack([-found, found], axis=1) if found.ndim == 1 else found


def left_out_values(
    table: Table, labels: NDArray[np.int64], fitted: Table, weights: Table, penalty: float
) -> Table:
    """Return the decision values of each sample of the ridge classifier fitted to all others, ``[N,
    classes]``.

    Without refitting: y - (y - f)/(1 - h), with the leverage h of the sample, the diagonal of the
    matrix that maps targets to fitted values.

    Args:
        table: the training table, ``[N, D]``.
        labels: indices of the classes, ``[N]``.
        fitted: decision values f of the ridge fitted to all, ``[N, classes]``.
        weights: of each sample in the least squares, ``[N]``.
        penalty: of the fit.
    """
    centred = (table - np.average(table, axis=0, weights=weights)) * np.sqrt(weights)[:, None]
    u, singular, _ = np.linalg.svd(centred, full_matrices=False)
    leverage = (u**2) @ (singular**2 / (singular**2 + penalty)) + weights / weights.sum()
    targets = 2.0 * np.eye(fitted.shape[1])[labels] - 1
    # A sample with leverage 1 has no leave-one-out value.
    left: Table = targets - (targets - fitted) / np.maximum(1 - leverage, 1e-9)[:, None]
    return left


def _fitted_scale(
    values: Table, labels: NDArray[np.int64], counts: NDArray[np.int64], weights: Table
) -> float:
    """Return the scale of decision values ``[N, classes]`` at which they predict the labels best."""
    classes = values.shape[1]
    sure = (counts + 1) / (counts + 2)
    targets = np.repeat(((1 - sure) / (classes - 1))[:, None], classes, axis=1)
    np.fill_diagonal(targets, sure)

    def log_loss(log_scale: float) -> float:
        logs = log_softmax(np.exp(log_scale) * values, axis=1)
        return -float(np.average((targets[labels] * logs).sum(axis=1), weights=weights))

    found = minimize_scalar(log_loss, bounds=(np.log(0.1), np.log(100)), method="bounded")
    return float(np.exp(found.x))
