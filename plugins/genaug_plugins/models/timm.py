"""An image model of timm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from genaug.adapters import TorchModel
from genaug.components.prerequisites import Prerequisite
from genaug.data import Samples, SampleSpec
from genaug.errors import DataError
from genaug_plugins.weights.published import published_weights

if TYPE_CHECKING:
    from torch import nn


class TimmModel(TorchModel):
    """Any image model of timm, fine-tuned from weights or trained from scratch."""

    name: ClassVar[str] = "timm"
    predict_batch: ClassVar[int] = 64

    network: str = "resnet18.a1_in1k"
    """Name of the timm model, with its weights' tag: `resnet50.a1_in1k`."""
    weights: Literal["hub", "none"] | Path = "hub"
    """Initial weights: from the model hub or its local cache (`hub`), from a file (.safetensors, .pth), or
    random (`none`)."""
    size: int | None = Field(default=None, ge=14, le=2048)
    """Side in pixels to which images are resized. None: the network's own size, if it has weights or accepts
    no other; otherwise that of the images, at least 32. The work grows with its square: 224 is slow on a
    CPU."""

    def own_learning_rate(self) -> float:
        """Return 0.001 from scratch, 0.0003 with weights."""
        return 1e-3 if self.weights == "none" else 3e-4

    def reads(self) -> tuple[Path, ...]:
        """Return the file of weights, if one is set."""
        return (self.weights,) if isinstance(self.weights, Path) else ()

    def prerequisites(self) -> tuple[Prerequisite, ...]:
        """Return the published weights, where they are used and the name has their tag."""
        instead = "Set `weights` to a file, or to none, to train from scratch"
        return published_weights(self.network, instead) if self.weights == "hub" else ()

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples other than images, and for an unknown network or missing weights."""
        from genaug_plugins.models.networks.timm import check_timm  # timm takes seconds to import

        if spec.modality != "image":
            raise DataError(
                f"the timm models accept images, not {spec.modality} samples: set model: "
                f"{{use: {'small-cnn' if spec.modality == 'signal' else 'gradient-boosting'}}}"
            )
        super().check_usable(spec)
        check_timm(self.network, self.weights)

    def module(self, spec: SampleSpec, trainings: Sequence[Samples]) -> nn.Module:
        """Return the network with a new last layer.

        Raises:
            ConfigError: if timm has no such network, or not for images of this size.
            MissingWeights: if the weights are not available, or do not fit.
        """
        from genaug_plugins.models.networks.timm import make_timm

        return make_timm(self.network, self.weights, self.size, spec, trainings)
