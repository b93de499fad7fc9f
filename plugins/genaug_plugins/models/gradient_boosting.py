"""Gradient-boosted trees on values or features."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from genaug.adapters import SklearnModel

SMALLEST_LEAF = 5
"""Training samples in a leaf. scikit-learn's 20 leave no split to 10 samples of each of two classes."""


class GradientBoostingModel(SklearnModel):
    """Histogram gradient boosting (scikit-learn), made for the columns of tables.

    One iteration grows one tree of up to 31 leaves for each class (one for two classes). Early stopping is
    off: it would set samples aside, and end sooner on one training set than on another. The number of
    iterations is fixed, the work of one grows with the training set. Up to 200,000 samples nothing in it is
    random; of more, the seed draws those that the histograms' bins are made from.
    """

    name: ClassVar[str] = "gradient-boosting"
    standardize: ClassVar[bool] = False

    iterations: int = Field(default=100, ge=1)
    """Iterations, whatever the size of the training set."""
    learning_rate: float = Field(default=0.1, gt=0)
    """What each tree's values are multiplied by."""
    balance: bool = True
    """Weigh each sample by the inverse of its class's count."""

    def estimator(self, seed: int) -> Any:
        """Return scikit-learn's histogram gradient boosting."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(
            max_iter=self.iterations,
            learning_rate=self.learning_rate,
            min_samples_leaf=SMALLEST_LEAF,
            early_stopping=False,
            class_weight="balanced" if self.balance else None,
            random_state=seed,
        )
