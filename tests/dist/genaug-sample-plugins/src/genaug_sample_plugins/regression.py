"""Predict a number."""

from typing import ClassVar

import numpy as np
from genaug import Model, Task, Use
from genaug.data import Samples
from numpy.typing import NDArray
from pydantic import Field


class RegressionTask(Task):
    """Predict the target of a sample; its score is the absolute error, and lower is better."""

    name: ClassVar[str] = "regression"
    predicts: ClassVar[str] = "targets"
    metric: ClassVar[str] = "absolute error"
    higher_is_better: ClassVar[bool] = False
    perfect: ClassVar[float | None] = 0.0

    model: Use[Model] = Field(default={"use": "linear-regression"}, validate_default=True)
    """What learns."""

    def score(self, prediction: NDArray[np.float64], samples: Samples) -> NDArray[np.float64]:
        """Return the absolute error of each sample, ``[N]``."""
        assert samples.targets is not None, "the model has learned targets"
        return np.abs(prediction - samples.targets.astype(np.float64))
