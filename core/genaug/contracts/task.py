"""The downstream job that the augmentation is meant to help."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from genaug.components.component import Component
from genaug.data import Samples, SampleSpec
from genaug.data.samples import FloatArray
from genaug.errors import DataError


class Model(ABC):
    """Promise predictions of a fitted task."""

    @abstractmethod
    def predict(self, samples: Samples) -> NDArray[np.float64]:
        """Return class probabilities ``[N, classes]``; rows sum to 1; N may be 0.

        Labels are not looked at, and a sample's row does not depend on the samples beside it.
        """

    def features(self, samples: Samples) -> FloatArray | None:
        """Return float32 ``[N, D]``, what the model computes of each sample before it decides.

        The input of the last layer, where there are layers. Like predictions, they are of each sample
        alone. None: the model has nothing of the kind.
        """
        return None


class Task(Component):
    """Promise a model of the downstream job.

    How long a fit takes depends on the settings, never on how many samples there are, so that
    training sets of different sizes are compared at equal work.
    """

    kind: ClassVar[str] = "task"

    @abstractmethod
    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Model:
        """Fit a fresh model; initialization and data order come from `seed` alone.

        Raises:
            DataError: where samples of this spec cannot be learned.
        """

    def fit_in_turn(self, spec: SampleSpec, parts: Sequence[Samples], seed: int, device: str) -> Model:
        """Fit one fresh model to one training set after another.

        It is pre-trained on the first and fine-tuned on the last. The parts share the work of one `fit`
        evenly, so that it is compared at equal work with it; with one part it is `fit`.

        Args:
            spec: what the samples of every part are.
            parts: one training set or more, in the order in which they are learned.
            seed: initialization and data order come from it alone.
            device: torch device.

        Raises:
            DataError: where samples of this spec cannot be learned, or the task learns all at once.
        """
        raise DataError(f"the task {self.name!r} learns all its samples at once: it cannot be pre-trained")
