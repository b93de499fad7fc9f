"""Ridge classification on values or features."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.linear_model import RidgeClassifierCV

from genaug.data import Samples
from genaug_plugins.tasks.columns import Columns, Table, TableModel

PENALTIES = np.logspace(-3, 3, 13)
"""L2 penalties that are tried, as MiniRocket's authors do, by leave-one-out."""


def fit_ridge(columns: Columns, training: Samples, classes: int, balance: bool) -> TableModel:
    """Fit scikit-learn's RidgeClassifierCV: least squares to 1 (the class) and -1 (any other).

    The solution is in closed form: nothing in it is random. Least squares know no probabilities.
    They are made from the decision values f [N, classes] as softmax(s·f), and the scale s is the
    one at which the leave-one-out decision values of the training samples predict their labels
    best (log loss; temperature scaling, Guo et al. 2017). Targets are smoothed as Platt (1999)
    does, (n + 1)/(n + 2) for a class of n, so that s stays finite where leave-one-out makes no
    mistake. This changes neither the order of the classes of a sample nor what is predicted; and
    one number from few samples is a rough calibration: do not read the probabilities as more.

    Args:
        columns: what turns samples into a standardized table.
        training: samples of two classes at least.
        classes: how many classes the data set has.
        balance: weigh each sample by the inverse of its class's count.
    """
    table = columns(training)
    seen, labels, counts = np.unique(training.labels, return_inverse=True, return_counts=True)
    ridge = RidgeClassifierCV(PENALTIES, class_weight="balanced" if balance else None)
    ridge.fit(table, labels)

    def decision(given: Table) -> Table:
        found = ridge.decision_function(given)
        return np.stack([-found, found], axis=1) if found.ndim == 1 else found

    weights = (len(labels) / (len(seen) * counts))[labels] if balance else np.ones(len(labels))
    left_out = left_out_values(table, labels, decision(table), weights, float(ridge.alpha_))
    scale = _scale(left_out, labels, counts, weights)
    return TableModel(columns, lambda given: softmax(scale * decision(given), axis=1), seen, classes, True)


def left_out_values(
    table: Table, labels: NDArray[np.int64], fitted: Table, weights: Table, penalty: float
) -> Table:
    """Return the decision values of each sample by the ridge fitted to all others, ``[N, classes]``.

    Without refitting: y - (y - f)/(1 - h), with the leverage h of the sample, the diagonal of the
    matrix that maps targets to fitted values.

    Args:
        table: what was fitted, ``[N, D]``.
        labels: places of the classes, ``[N]``.
        fitted: decision values f of the ridge fitted to all, ``[N, classes]``.
        weights: of each sample in the least squares, ``[N]``.
        penalty: of the fit.
    """
    centred = (table - np.average(table, axis=0, weights=weights)) * np.sqrt(weights)[:, None]
    u, singular, _ = np.linalg.svd(centred, full_matrices=False)
    leverage = (u**2) @ (singular**2 / (singular**2 + penalty)) + weights / weights.sum()
    targets = 2.0 * np.eye(fitted.shape[1])[labels] - 1
    # A sample that alone decides its own value has no value without it.
    left: Table = targets - (targets - fitted) / np.maximum(1 - leverage, 1e-9)[:, None]
    return left


def _scale(values: Table, labels: NDArray[np.int64], counts: NDArray[np.int64], weights: Table) -> float:
    classes = values.shape[1]
    sure = (counts + 1) / (counts + 2)
    targets = np.repeat(((1 - sure) / (classes - 1))[:, None], classes, axis=1)
    np.fill_diagonal(targets, sure)

    def log_loss(log_scale: float) -> float:
        logs = log_softmax(np.exp(log_scale) * values, axis=1)
        return -float(np.average((targets[labels] * logs).sum(axis=1), weights=weights))

    found = minimize_scalar(log_loss, bounds=(np.log(0.1), np.log(100)), method="bounded")
    return float(np.exp(found.x))
