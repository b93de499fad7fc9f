"""Gradient-boosted trees on values or features."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from genaug.adapters import SklearnModel

SMALLEST_LEAF = 5
"""Minimum number of training samples in a leaf. scikit-learn's 20 allow no split with 10 samples of each of
two classes."""


class GradientBoostingModel(SklearnModel):
    """Histogram gradient boosting (scikit-learn), suited to the columns of tables.

    One iteration grows one tree of up to 31 leaves for each class (one for two classes). Early stopping is
    off: it would hold out samples, and stop earlier on one training set than on another. The number of
    iterations is fixed, the work of one grows with the training set. Up to 200,000 samples it is
    deterministic; with more, the seed draws the samples that determine the histograms' bins.
    """

    name: ClassVar[str] = "gradient-boosting"
    standardize: ClassVar[bool] = False

    iterations: int = Field(default=100, ge=1)
    """Number of iterations, for any size of the training set."""
    learning_rate: float = Field(default=0.1, gt=0)
    """Factor of each tree's values (shrinkage)."""
    balance: bool = True
    """Weight each sample by the inverse of its class's count."""

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
