"""A small convolutional network for images and signals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from genaug.adapters import TorchModel
from genaug.data import Samples, SampleSpec
from genaug.errors import DataError

if TYPE_CHECKING:
    from torch import nn

SMALLEST_SIDE = 8
"""The shortest image side or signal that the network accepts."""


class SmallCnnModel(TorchModel):
    """Small convolutional network for images and signals of side 8 or more, trained from scratch.

    The defaults are meant as a strong baseline on ten images a class: an augmentation that helps only a weak
    classifier is of no use.
    """

    name: ClassVar[str] = "small-cnn"

    width: int = Field(default=32, ge=4)
    """Channels of the first stage."""

    def own_learning_rate(self) -> float:
        """Return 0.003."""
        return 3e-3

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples other than images and signals of side 8 or more."""
        if spec.modality not in ("image", "signal") or min(spec.shape[1:]) < SMALLEST_SIDE:
            raise DataError(
                f"the small-cnn accepts images and signals of side {SMALLEST_SIDE} or more, not "
                f"{spec.modality} samples of shape {spec.shape}: set model: {{use: logistic-regression}}"
            )
        super().check_usable(spec)

    def module(self, spec: SampleSpec, trainings: Sequence[Samples]) -> nn.Module:
        """Return the network, which standardizes by the training samples' channels."""
        from genaug.adapters.torch_training import standardization
        from genaug_plugins.models.networks.small_cnn import SmallCnn

        return SmallCnn(spec.shape, spec.classes, self.width, *standardization(trainings))
