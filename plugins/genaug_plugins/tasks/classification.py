"""The classification task."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationInfo, model_validator

from genaug.components.references import Use
from genaug.contracts import Metric, Model, Task
from genaug.data import Samples, SampleSpec
from genaug.data.summary import count
from genaug.errors import DataError
from genaug.statistics.bounds import Bounds
from genaug_plugins.tasks import class_scores
from genaug_plugins.tasks.flat_settings import nested

Doubles = NDArray[np.float64]
BALANCED_ACCURACY = "balanced accuracy"
SHARE: Bounds = (0.0, 1.0)
BALANCED = 1.5
"""Largest ratio of class counts in a balanced view."""
FEWEST_PER_CLASS = 5
"""Number of test samples of each class below which balanced accuracy gives no verdict."""


class ClassificationTask(Task):
    """Predict the class of a sample; the score of a sample is 1 if its most probable class is correct.

    The leading score is accuracy on balanced views (no class has more than 1.5 times the samples of another),
    otherwise balanced accuracy. Both, macro F1, AUROC, average precision, log-loss and calibration error are
    reported.

    Example::

        task: {use: classification, model: {use: timm, network: resnet50.a1_in1k, steps: 400}}
    """

    name: ClassVar[str] = "classification"
    metric: ClassVar[str] = "accuracy"
    bounds: ClassVar[Bounds] = SHARE
    perfect: ClassVar[float | None] = 1.0
    class_metric: ClassVar[str | None] = "recall"

    model: Use[Model] = Field(default={"use": "auto"}, validate_default=True)
    """The model. `auto`: the best of a few by cross-validation on the training view, before anything is
    generated."""

    @model_validator(mode="before")
    @classmethod
    def _nested(cls, given: Any, info: ValidationInfo) -> Any:
        return nested(given, info.context) if isinstance(given, Mapping) else given

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for data of a single class, and for samples that the model does not accept."""
        if spec.classes < 2:
            raise DataError(
                f"classification needs two classes, but the data has only {spec.class_names[0]!r}: "
                "add samples of another class, or use another task (genaug plugins list --kind task)"
            )
        super().check_usable(spec)

    def check_training(self, spec: SampleSpec, training: Samples) -> None:
        """Raise an error for a training set of fewer than two classes."""
        seen = np.unique(training.labels)
        if len(seen) < 2:
            found = f"only {spec.class_names[int(seen[0])]!r}" if len(seen) else "none"
            raise DataError(
                f"classification needs training samples of at least two classes, found {found}: "
                f"the classes are {', '.join(spec.class_names)}"
            )

    def score(self, prediction: Doubles, samples: Samples) -> Doubles:
        """Return 1 if the most probable class is correct, else 0, ``[N]``; the mean is the accuracy."""
        return class_scores.accuracy(samples.labels, prediction.argmax(axis=1))

    def loss(self, prediction: Doubles, samples: Samples) -> Doubles:
        """Return 1 − p(true class), ``[N]``: the expected 0-1 loss of a draw from the probabilities."""
        found: Doubles = 1 - prediction[np.arange(len(samples)), samples.labels].astype(np.float64)
        return found

    def metrics(self, samples: Samples) -> tuple[Metric, ...]:
        """Return the metrics that can be computed on these samples: ranking needs two classes."""
        from genaug_plugins.tasks import probability_scores

        counts = np.unique(samples.labels, return_counts=True)[1]
        rarest = float(1 / (len(counts) * counts.min())) if len(counts) else 0.0
        ranked = [
            Metric("AUROC", _of_probabilities(probability_scores.auroc), bounds=SHARE),
            Metric(
                "average precision", _of_probabilities(probability_scores.average_precision), bounds=SHARE
            ),
        ]
        return (
            Metric(self.metric, self.score, grain=1 / max(1, len(samples)), bounds=SHARE),
            Metric(
                BALANCED_ACCURACY,
                _of_classes(class_scores.balanced_accuracy),
                grain=rarest,
                bounds=SHARE,
                class_mean=True,
            ),
            Metric("macro F1", _of_classes(class_scores.macro_f1), grain=rarest, bounds=SHARE),
            *(ranked if len(counts) > 1 else ()),
            Metric(
                "log-loss",
                _of_probabilities(probability_scores.log_loss),
                higher_is_better=False,
                bounds=(0.0, math.inf),
            ),
            Metric(
                "calibration error",
                _of_probabilities(probability_scores.calibration_error),
                higher_is_better=False,
                bounds=SHARE,
            ),
        )

    def leading(self, *views: Samples) -> str:
        """Return accuracy if every view is balanced, otherwise balanced accuracy."""
        for view in views:
            counts = np.unique(view.labels, return_counts=True)[1]
            if len(counts) and counts.max() > BALANCED * counts.min():
                return BALANCED_ACCURACY
        return self.metric

    def obstacles(self, test: Samples) -> tuple[str, ...]:
        """Return an obstacle if balanced accuracy leads and a class has too few test samples."""
        counts = np.unique(test.labels, return_counts=True)[1]
        if self.leading(test) == BALANCED_ACCURACY and counts.min() < FEWEST_PER_CLASS:
            return (f"a class has {count(int(counts.min()), 'test sample')}; {FEWEST_PER_CLASS} are needed",)
        return ()


def _of_classes(score: Callable[[Any, Any], Doubles]) -> Callable[[Doubles, Samples], Doubles]:
    return lambda prediction, samples: score(samples.labels, prediction.argmax(axis=1))


def _of_probabilities(score: Callable[[Any, Doubles], Doubles]) -> Callable[[Doubles, Samples], Doubles]:
    return lambda prediction, samples: score(samples.labels, prediction.astype(np.float64))
