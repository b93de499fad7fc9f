"""A scikit-learn regressor as a model."""

from typing import Any, ClassVar

from genaug import SklearnModel
from pydantic import Field


class LinearRegressionModel(SklearnModel):
    """Ridge regression."""

    name: ClassVar[str] = "linear-regression"
    predicts: ClassVar[str] = "targets"

    penalty: float = Field(default=1.0, ge=0)
    """Weight of the L2 penalty."""

    def estimator(self, seed: int) -> Any:
        """Return scikit-learn's ridge regression."""
        from sklearn.linear_model import Ridge

        return Ridge(self.penalty)
