"""The downstream task that the augmentation is meant to help: what is predicted, and how it is scored."""

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

Scores = Callable[[NDArray[np.float64], Samples], NDArray[np.float64]]
"""``scores(prediction [N, ...], samples)`` are values ``[N]`` whose mean is a metric. Their spread is that of
the metric under new samples: for a metric that is not a mean over samples, value plus influence function."""


@dataclass(frozen=True)
class Metric:
    """A metric of predictions.

    Attributes:
        name: ``AUROC``.
        scores: from predictions to values ``[N]``, whose mean it is.
        higher_is_better: which way it is good.
        grain: what it changes by where one more sample is right; 0 where it changes by any amount.
    """

    name: str
    scores: Scores
    higher_is_better: bool = True
    grain: float = 0.0


class Task(Component):
    """Base class of tasks: what is predicted of a sample, and how a prediction is scored.

    How it is learned is the business of the task's model. Validators compare training sets by the mean of
    `score` over test samples, paired sample by sample, and report the task's other metrics beside it.
    """

    kind: ClassVar[str] = "task"

    predicts: ClassVar[str] = "classes"
    """What its model must predict: `Model.predicts`."""
    metric: ClassVar[str]
    """What the mean of `score` is called: ``accuracy``, ``absolute error``."""
    higher_is_better: ClassVar[bool] = True
    """Which way `score` is good."""

    perfect: ClassVar[float | None] = None
    """The score of a perfect prediction; None: unknown. Learning curves need it."""
    class_metric: ClassVar[str | None] = None
    """What the mean of `score` over the samples of one class is called; None: it is not reported by class."""

    model: Use[Model]
    """What learns."""

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
            prediction: ``[N, ...]``, what the model predicted for these samples.
            samples: with the truth: labels, or targets.
        """

    def metrics(self, samples: Samples) -> tuple[Metric, ...]:
        """Return the metrics that these samples allow; that of `score` is among them."""
        return (Metric(self.metric, self.score, self.higher_is_better),)

    def leading(self, *views: Samples) -> str:
        """Return the name of the metric that a verdict on these views rests on."""
        return self.metric

    def obstacles(self, test: Samples) -> tuple[str, ...]:
        """Return, in words, what about the test samples does not allow a verdict."""
        return ()

    def loss(self, prediction: NDArray[np.float64], samples: Samples) -> NDArray[np.float64] | None:
        """Return a loss of each sample in [0, 1], ``[N]``, that changes smoothly; None: there is none."""
        return None

    def prediction_shape(self, spec: SampleSpec) -> tuple[int, ...]:
        """Return the shape of one prediction: ``(classes,)``, or ``()`` for one number."""
        return (spec.classes,) if self.predicts == "classes" else ()

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse samples that the model cannot read."""
        self.model.check_usable(spec)

    def check_training(self, spec: SampleSpec, training: Samples) -> None:
        """Refuse a training set that the task cannot be learned from.

        Raises:
            DataError: where it is refused, with the reason.
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
