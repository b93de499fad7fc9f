"""Tasks: the downstream problem that augmentation should help with."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from genaug.components.component import Component
from genaug.components.references import Use
from genaug.contracts.model import Model, Predictor
from genaug.data import Samples, SampleSpec
from genaug.statistics.bounds import UNBOUNDED, Bounds

Scores = Callable[[NDArray[np.float64], Samples], NDArray[np.float64]]
"""``scores(prediction [N, ...], samples)`` are values ``[N]`` whose mean is a metric. Their spread is that of
the metric under new samples: for a metric that is not a mean over samples, value plus influence function."""


@dataclass(frozen=True)
class Metric:
    """A metric of predictions.

    Attributes:
        name: ``AUROC``.
        scores: maps predictions to values ``[N]``, whose mean is the metric.
        higher_is_better: whether higher values are better.
        grain: change of the metric when one more sample is right; 0 where it changes continuously.
        bounds: the lowest and the highest possible value of the metric, infinite where there is none; its
            intervals lie within them.
        class_mean: whether the metric is the mean of `Task.class_metric` over the classes that occur.
    """

    name: str
    scores: Scores
    higher_is_better: bool = True
    grain: float = 0.0
    bounds: Bounds = UNBOUNDED
    class_mean: bool = False


class Task(Component):
    """Base class of tasks: what is predicted of a sample, and how a prediction is scored.

    The task's model learns it. Validators compare training sets by the mean of `score` over test samples,
    paired by sample, and also report the task's other metrics.
    """

    kind: ClassVar[str] = "task"

    predicts: ClassVar[str] = "classes"
    """What the model must predict; see `Model.predicts`."""
    metric: ClassVar[str]
    """Name of the mean of `score`: ``accuracy``, ``absolute error``."""
    higher_is_better: ClassVar[bool] = True
    """Whether higher values of `score` are better."""

    bounds: ClassVar[Bounds] = UNBOUNDED
    """The lowest and the highest possible score, infinite where there is none: (0, 1) for a share."""
    perfect: ClassVar[float | None] = None
    """Score of a perfect prediction; None where unknown. Learning curves need it."""
    class_metric: ClassVar[str | None] = None
    """Name of the mean of `score` over the samples of one class; None: it is not reported by class."""

    model: Use[Model]
    """The model that learns the task."""

    @model_validator(mode="after")
    def _model_predicts(self) -> Self:
        if self.model.predicts != self.predicts:
            raise ValueError(
                f"the task {self.name!r} needs a model that predicts {self.predicts}, and "
                f"{self.model.name!r} predicts {self.model.predicts}: take another model"
            )
        return self

    @abstractmethod
    def score(self, prediction: NDArray[np.float64], samples: Samples) -> NDArray[np.float64]:
        """Return the score of each sample, ``[N]``.

        Args:
            prediction: ``[N, ...]``, the model's predictions for these samples.
            samples: with the true labels or targets.
        """

    def metrics(self, samples: Samples) -> tuple[Metric, ...]:
        """Return the metrics that can be computed on these samples, including that of `score`."""
        return (Metric(self.metric, self.score, self.higher_is_better, bounds=self.bounds),)

    def leading(self, *views: Samples) -> str:
        """Return the name of the metric on which a verdict on these views is based."""
        return self.metric

    def obstacles(self, test: Samples) -> tuple[str, ...]:
        """Return the reasons why the test samples do not allow a verdict; empty where they do."""
        return ()

    def loss(self, prediction: NDArray[np.float64], samples: Samples) -> NDArray[np.float64] | None:
        """Return a smooth loss of each sample in [0, 1], ``[N]``; None where there is none."""
        return None

    def prediction_shape(self, spec: SampleSpec) -> tuple[int, ...]:
        """Return the shape of one prediction: ``(classes,)``, or ``()`` for one number."""
        return (spec.classes,) if self.predicts == "classes" else ()

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse samples that the model cannot read."""
        self.model.check_usable(spec)

    def check_training(self, spec: SampleSpec, training: Samples) -> None:
        """Refuse a training set from which the task cannot be learned.

        Raises:
            DataError: with the reason.
        """

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        """Fit the model to a training set; see `Model.fit`.

        Raises:
            DataError: where the training set is refused by the task or its model.
        """
        self.check_training(spec, training)
        return self.model.fit(spec, training, seed, device)

    def fit_sequence(
        self, spec: SampleSpec, trainings: Sequence[Samples], seed: int, device: str
    ) -> Predictor:
        """Fit the model to training sets one after another; see `Model.fit_sequence`.

        Raises:
            DataError: where one of the training sets is refused, or the model learns all at once.
        """
        for training in trainings:
            self.check_training(spec, training)
        return self.model.fit_sequence(spec, trainings, seed, device)
