"""Logistic regression on values or features."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from genaug.adapters import SklearnModel


class LogisticRegressionModel(SklearnModel):
    """Logistic regression (scikit-learn), fitted to convergence.

    The problem is convex, so the fit is deterministic: every seed gives the same model, except for a trained
    extractor.
    """

    name: ClassVar[str] = "logistic-regression"

    strength: float = Field(default=1.0, gt=0)
    """Inverse weight of the L2 penalty."""
    balance: bool = True
    """Weight each sample by the inverse of its class's count."""

    def estimator(self, seed: int) -> Any:
        """Return scikit-learn's logistic regression."""
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(
            C=self.strength, class_weight="balanced" if self.balance else None, max_iter=5000
        )
