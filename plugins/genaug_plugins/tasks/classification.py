"""Tell the classes apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationInfo, model_validator

from genaug.components.references import Use
from genaug.contracts import Metric, Model, Task
from genaug.data import Samples, SampleSpec
from genaug.errors import DataError
from genaug_plugins.tasks import class_scores
from genaug_plugins.tasks.flat_settings import nested

Doubles = NDArray[np.float64]
BALANCED_ACCURACY = "balanced accuracy"
BALANCED = 1.5
"""The most frequent class of a balanced view has at most so many times the samples of the rarest."""
FEWEST_PER_CLASS = 5
"""Test samples of each class below which balanced accuracy carries no verdict."""


class ClassificationTask(Task):
    """Predict the class of a sample; the score of a sample is 1 where its most probable class is right.

    Accuracy leads on balanced views (no class has more than 1.5 times the samples of another), else balanced
    accuracy does. Both, macro F1, AUROC, average precision, log-loss and calibration error are reported.

    Example::

        task: {use: classification, model: {use: timm, network: resnet50.a1_in1k, steps: 400}}
    """

    name: ClassVar[str] = "classification"
    metric: ClassVar[str] = "accuracy"
    perfect: ClassVar[float | None] = 1.0
    class_metric: ClassVar[str | None] = "recall"

    model: Use[Model] = Field(default={"use": "auto"}, validate_default=True)
    """What learns. `auto`: a small network for images and signals of 8 or more a side, else logistic
    regression."""

    @model_validator(mode="before")
    @classmethod
    def _nested(cls, given: Any, info: ValidationInfo) -> Any:
        return nested(given, info.context) if isinstance(given, Mapping) else given

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse data of a single class, and samples that the model cannot read."""
        if spec.classes < 2:
            raise DataError(
                f"classification needs two classes, and the data has {spec.class_names[0]!r} alone: "
                "add samples of another class, or take another task (genaug plugins list task)"
            )
        super().check_usable(spec)

    def check_training(self, spec: SampleSpec, training: Samples) -> None:
        """Refuse a training set of fewer than two classes."""
        seen = np.unique(training.labels)
        if len(seen) < 2:
            found = f"only {spec.class_names[int(seen[0])]!r}" if len(seen) else "none"
            raise DataError(
                f"classification needs training samples of two classes at least, found {found}: "
                f"the classes are {', '.join(spec.class_names)}"
            )

    def score(self, prediction: Doubles, samples: Samples) -> Doubles:
        """Return 1 where the most probable class is right, else 0, ``[N]``; the mean is the accuracy."""
        return class_scores.accuracy(samples.labels, prediction.argmax(axis=1))

    def loss(self, prediction: Doubles, samples: Samples) -> Doubles:
        """Return 1 − p(true class), ``[N]``: the expected 0-1 loss of who draws from the probabilities."""
        found: Doubles = 1 - prediction[np.arange(len(samples)), samples.labels].astype(np.float64)
        return found

    def metrics(self, samples: Samples) -> tuple[Metric, ...]:
        """Return the metrics that these samples allow: one class alone cannot be ranked."""
        from genaug_plugins.tasks import probability_scores

        counts = np.unique(samples.labels, return_counts=True)[1]
        rarest = float(1 / (len(counts) * counts.min())) if len(counts) else 0.0
        ranked = [
            Metric("AUROC", _of_probabilities(probability_scores.auroc)),
            Metric("average precision", _of_probabilities(probability_scores.average_precision)),
        ]
        return (
            Metric(self.metric, self.score, grain=1 / max(1, len(samples))),
            Metric(BALANCED_ACCURACY, _of_classes(class_scores.balanced_accuracy), grain=rarest),
            Metric("macro F1", _of_classes(class_scores.macro_f1), grain=rarest),
            *(ranked if len(counts) > 1 else ()),
            Metric("log-loss", _of_probabilities(probability_scores.log_loss), higher_is_better=False),
            Metric(
                "calibration error",
                _of_probabilities(probability_scores.calibration_error),
                higher_is_better=False,
            ),
        )

    def leading(self, *views: Samples) -> str:
        """Return accuracy where every view is balanced, else balanced accuracy."""
        for view in views:
            counts = np.unique(view.labels, return_counts=True)[1]
            if len(counts) and counts.max() > BALANCED * counts.min():
                return BALANCED_ACCURACY
        return self.metric

    def obstacles(self, test: Samples) -> tuple[str, ...]:
        """Return that a class has too few test samples, where balanced accuracy leads."""
        counts = np.unique(test.labels, return_counts=True)[1]
        if self.leading(test) == BALANCED_ACCURACY and counts.min() < FEWEST_PER_CLASS:
            return (f"a class has {counts.min()} test samples; {FEWEST_PER_CLASS} are needed",)
        return ()


def _of_classes(score: Callable[[Any, Any], Doubles]) -> Callable[[Doubles, Samples], Doubles]:
    return lambda prediction, samples: score(samples.labels, prediction.argmax(axis=1))


def _of_probabilities(score: Callable[[Any, Doubles], Doubles]) -> Callable[[Doubles, Samples], Doubles]:
    return lambda prediction, samples: score(samples.labels, prediction.astype(np.float64))
