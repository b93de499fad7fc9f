"""Tell the classes apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationInfo, model_validator

from genaug.components.references import Use
from genaug.contracts import Model, Task
from genaug.data import Samples, SampleSpec
from genaug.errors import DataError
from genaug_plugins.tasks.flat_settings import nested


class ClassificationTask(Task):
    """Predict the class of a sample; the score of a sample is 1 where its most probable class is right.

    Example::

        task: {use: classification, model: {use: timm, network: resnet50.a1_in1k, steps: 400}}
    """

    name: ClassVar[str] = "classification"
    metric: ClassVar[str] = "accuracy"

    model: Use[Model] = Field(default={"use": "auto"}, validate_default=True)
    """What learns. `auto`: a small network for images and signals of 8 or more a side, else logistic
    regression."""

    @model_validator(mode="before")
    @classmethod
    def _nested(cls, given: Any, info: ValidationInfo) -> Any:
        return nested(given, info.context) if isinstance(given, Mapping) else given

    def check_training(self, spec: SampleSpec, training: Samples) -> None:
        """Refuse a training set of fewer than two classes."""
        seen = np.unique(training.labels)
        if len(seen) < 2:
            found = f"only {spec.class_names[int(seen[0])]!r}" if len(seen) else "none"
            raise DataError(
                f"classification needs training samples of two classes at least, found {found}: "
                f"the classes are {', '.join(spec.class_names)}"
            )

    def score(self, prediction: NDArray[np.float64], samples: Samples) -> NDArray[np.float64]:
        """Return 1 where the most probable class is right, else 0, ``[N]``; the mean is the accuracy."""
        right: NDArray[np.float64] = (prediction.argmax(axis=1) == samples.labels).astype(np.float64)
        return right
