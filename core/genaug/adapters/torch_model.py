"""Any torch module as a model, trained for a fixed number of steps."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug.contracts.model import Model, Predictor
from genaug.data import Samples, SampleSpec
from genaug.errors import DataError

if TYPE_CHECKING:
    from torch import nn


class TorchModel(Model):
    """Base class of models that are a torch module.

    A subclass returns the module, and the loop of `genaug.adapters.torch_training` trains it::

        class MlpModel(TorchModel):
            name = "mlp"
            width: int = 64

            def module(self, spec: SampleSpec, trainings: Sequence[Samples]) -> nn.Module:
                from torch import nn  # imported only for a fit

                return nn.Sequential(
                    nn.Flatten(), nn.LazyLinear(self.width), nn.ReLU(), nn.LazyLinear(spec.classes)
                )

    A fit takes the same number of optimizer steps whatever the size of the training set. It can be
    pre-trained on one training set and fine-tuned on another. Soft labels are learned by their cross-entropy.
    """

    equal_work: ClassVar[bool] = True
    predict_batch: ClassVar[int] = 256
    """Samples of a batch in predictions."""

    steps: int = Field(default=200, ge=1)
    """Optimizer steps, independent of the size of the training set."""
    batch_size: int = Field(default=64, ge=2)
    """Samples in each step."""
    learning_rate: float | None = Field(default=None, gt=0)
    """AdamW's initial learning rate; it falls to 0 along half a cosine. None: the model's default."""
    weight_decay: float = Field(default=0.05, ge=0)
    """AdamW's weight decay."""
    label_smoothing: float = Field(default=0.1, ge=0, lt=1)
    """Share of each label that is distributed evenly over the classes."""
    augment: Literal["none", "shift", "shift-and-flip"] = "none"
    """Classical augmentation of the training images, the same in every arm."""
    balance: bool = True
    """Repeat the samples of rarer classes until all classes are equally frequent. Such resampling is the
    baseline against imbalance that a generator should exceed."""

    @abstractmethod
    def module(self, spec: SampleSpec, trainings: Sequence[Samples]) -> nn.Module:
        """Return a new module, initialized from torch's global random state.

        It maps float32 values ``[N, *spec.shape]`` to logits ``[N, classes]``, or, with ``predicts =
        "targets"``, to as many numbers as a target has, trained by the squared error. An optional method
        ``represented`` maps values to the input of the last layer, ``[N, D]``: the model's features.

        Args:
            spec: of the samples.
            trainings: its training sets, for statistics like mean and deviation.
        """

    def own_learning_rate(self) -> float:
        """Return the default learning rate."""
        return 1e-3

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for augmentation of samples that are not images."""
        if self.augment != "none" and spec.modality != "image":
            raise DataError(f"augment: {self.augment} is for images, not {spec.modality}: set augment: none")

    def learns_soft_labels(self, spec: SampleSpec) -> bool:
        """Return true for a model of classes."""
        return self.predicts == "classes"

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        """Train a new module; see `genaug.adapters.torch_training.train`.

        Raises:
            DataError: if samples of this spec cannot be read.
            TrainingDiverged: if the loss became non-finite.
        """
        return self.fit_sequence(spec, [training], seed, device)

    def fit_sequence(
        self, spec: SampleSpec, trainings: Sequence[Samples], seed: int, device: str
    ) -> Predictor:
        """Train a new module on training sets sequentially, with equal shares of the steps.

        Raises:
            DataError: if samples of this spec cannot be read, or there are more training sets than steps.
            TrainingDiverged: if the loss became non-finite.
        """
        from genaug.adapters.columns import targets_of
        from genaug.adapters.torch_predictor import TorchPredictor
        from genaug.adapters.torch_training import Schedule, train

        self.check_usable(spec)
        schedule = Schedule(
            steps=self.steps,
            batch_size=self.batch_size,
            learning_rate=self.own_learning_rate() if self.learning_rate is None else self.learning_rate,
            weight_decay=self.weight_decay,
            label_smoothing=self.label_smoothing,
            balance=self.balance,
            shift=self.augment != "none",
            flip=self.augment == "shift-and-flip",
        )
        of_classes = self.predicts == "classes"
        wanted: list[NDArray[Any]] = [
            training.labels if of_classes else targets_of(training, self.name).astype(np.float32)
            for training in trainings
        ]
        if of_classes and any(training.soft_labels is not None for training in trainings):
            wanted = [training.class_shares(spec.classes) for training in trainings]
        losses: list[float] = []
        made = train(
            lambda: self.module(spec, trainings),
            trainings,
            wanted,
            schedule,
            seed,
            device,
            self.name,
            losses,
            of_classes,
        )
        return TorchPredictor(made, device, self.predict_batch, wanted[0].shape[1:], of_classes, losses)
