"""Logistic regression on values or features."""

from __future__ import annotations

from sklearn.linear_model import LogisticRegression

from genaug.data import Samples
from genaug_plugins.tasks.columns import Columns, TableModel


def fit_logistic_regression(
    columns: Columns, training: Samples, classes: int, strength: float, balance: bool
) -> TableModel:
    """Fit to convergence; the problem is convex, so nothing in it is random.

    Args:
        columns: what turns samples into a standardized table.
        training: samples of two classes at least.
        classes: how many classes the data set has.
        strength: inverse of the L2 penalty's weight.
        balance: weigh each sample by the inverse of its class's count.
    """
    regression = LogisticRegression(C=strength, class_weight="balanced" if balance else None, max_iter=5000)
    regression.fit(columns(training), training.labels)
    return TableModel(columns, regression.predict_proba, regression.classes_, classes, True)
