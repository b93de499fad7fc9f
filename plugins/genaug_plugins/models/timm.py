"""Any image model of timm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from genaug.adapters import TorchModel
from genaug.data import Samples, SampleSpec
from genaug.errors import DataError

if TYPE_CHECKING:
    from torch import nn


class TimmModel(TorchModel):
    """Any image model of timm, fine-tuned from weights or trained from scratch."""

    name: ClassVar[str] = "timm"
    predict_batch: ClassVar[int] = 64

    network: str = "resnet18.a1_in1k"
    """Name of the timm model, with its weights' tag: `resnet50.a1_in1k`."""
    weights: Literal["hub", "none"] | Path = "hub"
    """Where the network begins: from the model hub or its local cache (`hub`), from a file
    (.safetensors, .pth), or from scratch (`none`)."""
    size: int | None = Field(default=None, ge=14, le=2048)
    """Side in pixels to which images are resized. None: the size the network was made for, where it has
    weights or reads no other; else that of the images, 32 at least. The work grows with its square: 224 is
    slow on a CPU."""

    def own_learning_rate(self) -> float:
        """Return 0.001 from scratch, 0.0003 with weights."""
        return 1e-3 if self.weights == "none" else 3e-4

    def reads(self) -> tuple[Path, ...]:
        """Return the file of weights, where one is named."""
        return (self.weights,) if isinstance(self.weights, Path) else ()

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse all but images, and a network or weights that there are not."""
        from genaug_plugins.models.networks.timm import check_timm  # timm takes seconds to import

        if spec.modality != "image":
            raise DataError(
                f"the timm models read images, not {spec.modality} samples: set model: "
                f"{{use: {'small-cnn' if spec.modality == 'signal' else 'gradient-boosting'}}}"
            )
        super().check_usable(spec)
        check_timm(self.network, self.weights)

    def module(self, spec: SampleSpec, trainings: Sequence[Samples]) -> nn.Module:
        """Return the network with a fresh last layer.

        Raises:
            ConfigError: where timm has no such network, or not for images of this size.
            MissingWeights: where the weights cannot be had, or do not fit.
        """
        from genaug_plugins.models.networks.timm import make_timm

        return make_timm(self.network, self.weights, self.size, spec, trainings)
