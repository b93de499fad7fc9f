"""Models learn a downstream task; predictors are fitted models."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from genaug.components.component import Component
from genaug.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from genaug.data import Samples, SampleSpec
    from genaug.data.samples import FloatArray


class Predictor(ABC):
    """Base class of predictors: fitted models."""

    @abstractmethod
    def predict(self, samples: Samples) -> NDArray[np.float64]:
        """Return the prediction for each sample, ``[N, ...]``; N may be 0.

        A model of classes predicts probabilities ``[N, classes]``, whose rows sum to 1; a model of targets
        predicts numbers ``[N]`` or ``[N, D]``. Labels and targets of the samples are not read, and a row
        does not depend on the other samples.
        """

    def features(self, samples: Samples) -> FloatArray | None:
        """Return the model's features of each sample, float32 ``[N, D]``; None where it has none.

        Of a network they are the inputs of the last layer. As with predictions, a row depends on its
        sample alone.
        """
        return None

    def curves(self) -> Mapping[str, FloatArray]:
        """Return what was logged during the fit, float32 ``[P]`` by name; ``step`` has the steps.

        P depends on the model's settings alone. Empty, the default: nothing was logged.
        """
        return {}


class Model(Component):
    """Base class of models: how a task is learned.

    The task says what is predicted and how predictions are scored.
    """

    kind: ClassVar[str] = "model"

    predicts: ClassVar[str] = "classes"
    """``classes`` (probabilities, learned from labels) or ``targets`` (numbers, learned from targets)."""
    equal_work: ClassVar[bool] = False
    """Whether the settings fix the work of a fit, independently of the size of the training set. Only then
    are training sets of different sizes compared at equal work; findings report it where it is false."""

    @property
    def uses_pipeline_extractor(self) -> bool:
        """Return false: a model gets no context; one without an extractor reads the values."""
        return False

    def learns_soft_labels(self, spec: SampleSpec) -> bool:
        """Return whether it learns `Samples.soft_labels`; else it learns the labels, and a run warns."""
        return False

    chooses: ClassVar[bool] = False
    """Whether `candidates` are several models, one of which is chosen on the training view before anything is
    generated; see `genaug.contracts.model_choice`."""

    def candidates(self, spec: SampleSpec) -> tuple[Model, ...]:
        """Return the models among which is chosen for samples of this spec, from simple to complex."""
        return (self,)

    def for_spec(self, spec: SampleSpec) -> Model:
        """Return the model for samples of this spec: this one, unless it chooses among others."""
        return self

    @abstractmethod
    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        """Fit a fresh predictor.

        Args:
            spec: of the samples.
            training: one sample or more; with soft labels where some have several classes.
            seed: initialization and data order come from it alone.
            device: torch device.

        Raises:
            DataError: where samples of this spec cannot be learned.
        """

    def fit_sequence(
        self, spec: SampleSpec, trainings: Sequence[Samples], seed: int, device: str
    ) -> Predictor:
        """Fit one fresh predictor to training sets one after another.

        It is pre-trained on the first and fine-tuned on the last. The training sets share the work of one
        `fit` evenly, so that both are compared at equal work; with one training set it equals `fit`.

        Args:
            spec: of the samples of every training set.
            trainings: one training set or more, in the order in which they are learned.
            seed: initialization and data order come from it alone.
            device: torch device.

        Raises:
            DataError: where samples of this spec cannot be learned, or the model learns all at once.
        """
        if len(trainings) == 1:
            return self.fit(spec, trainings[0], seed, device)
        raise DataError(
            f"the model {self.name!r} learns all its samples at once: it cannot learn {len(trainings)} "
            "training sets one after another. Take one that is trained in steps (genaug plugins list "
            "--kind model)"
        )
