"""Gradient-boosted trees on values or features."""

from __future__ import annotations

from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from genaug.data import Samples
from genaug_plugins.tasks.columns import Columns, Table, TableModel

SMALLEST_LEAF = 5
"""Training samples in a leaf. scikit-learn's 20 leave no split to 10 samples of each of two classes."""


def fit_gradient_boosting(
    columns: Columns,
    training: Samples,
    classes: int,
    iterations: int,
    learning_rate: float,
    balance: bool,
    seed: int,
) -> TableModel:
    """Fit scikit-learn's histogram gradient boosting, with as many iterations whatever it learns.

    One iteration grows one tree of up to 31 leaves for each class (one for two classes). Early
    stopping is off: it would set samples aside, and end sooner on one training set than on
    another. Up to 200,000 samples nothing in it is random; of more, `seed` draws those that the
    histograms' bins are made from.

    Args:
        columns: what turns samples into a table.
        training: samples of two classes at least.
        classes: how many classes the data set has.
        iterations: how many.
        learning_rate: what each tree's values are multiplied by.
        balance: weigh each sample by the inverse of its class's count.
        seed: see above.
    """
    boosting = HistGradientBoostingClassifier(
        max_iter=iterations,
        learning_rate=learning_rate,
        min_samples_leaf=SMALLEST_LEAF,
        early_stopping=False,
        class_weight="balanced" if balance else None,
        random_state=seed % 2**32,
    )
    # One thread: then no sum can depend on how many there are, or on which of them comes first.
    with threadpool_limits(1, user_api="openmp"):
        boosting.fit(columns(training), training.labels)

    def probabilities(table: Table) -> Table:
        with threadpool_limits(1, user_api="openmp"):
            found: Table = boosting.predict_proba(table)
        return found

    return TableModel(columns, probabilities, boosting.classes_, classes, False)
