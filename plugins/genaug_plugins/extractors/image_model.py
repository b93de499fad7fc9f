"""Features of images from a neural network: what every such extractor does around its model."""

import hashlib
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from genaug.contracts import Embedder, Extractor
from genaug.data import SampleSpec
from genaug.data.samples import FloatArray
from genaug.errors import DataError
from genaug_plugins.extractors.preparation import Preparation


@dataclass(frozen=True)
class Computation:
    """Hold how a network is computed; see the settings of `ImageModelExtractor`."""

    device: str
    precision: Literal["float32", "bfloat16"] = "float32"
    channels_last: bool = False
    batch_size: int = 64


class ImageModelExtractor(Extractor):
    """Promise features of images from a network, computed in one of several ways."""

    modalities: ClassVar[frozenset[str]] = frozenset({"image"})

    precision: Literal["float32", "bfloat16"] = "float32"
    """`bfloat16` rounds what convolutions and matrix products read to 8 bits of mantissa: faster where the
    processor computes with it, slower elsewhere, and figures shift; compare only figures of one precision."""
    channels_last: bool = False
    """Lay the channels of a pixel side by side: convolutions are often faster, figures shift by rounding."""
    batch_size: int = Field(default=64, ge=1, le=4096)
    """How many images the network sees at once. More may be faster, and take more memory."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse what is no image of one to four channels."""
        super().check_usable(spec)
        if spec.shape[0] not in (1, 2, 3, 4):
            raise DataError(
                f"extractor {self.name} reads gray or colour images, with alpha or without, not "
                f"{spec.shape[0]} channels: use the extractor 'pixels'"
            )

    def computation(self, device: str) -> Computation:
        """Return how the network is computed, as the settings say."""
        return Computation(device, self.precision, self.channels_last, self.batch_size)


class ImageModelEmbedder(Embedder):
    """Embed images ``[B, C, H, W]`` in [-1, 1] with a network that gives one vector an image.

    Args:
        name: the model's name for the record.
        model: from ``[B, 3, size, size]`` to ``[B, D]``.
        spec: what the images are.
        preparation: from such images to what the model reads.
        computation: where and how to compute.
    """

    def __init__(
        self,
        name: str,
        model: nn.Module,
        spec: SampleSpec,
        preparation: Preparation,
        computation: Computation,
    ) -> None:
        self.batch_size = computation.batch_size
        self.record = {
            "model": name,
            "weights_sha256": tensors_sha256(model),
            **preparation.record(spec.shape[1:]),
            **computation_record(computation),
        }
        self._layout = torch.channels_last if computation.channels_last else torch.contiguous_format
        model = model.eval().requires_grad_(False).to(computation.device)
        self._model = model.to(memory_format=self._layout)
        self._preparation = preparation
        self._computation = computation

    def embed(self, values: FloatArray) -> FloatArray:
        """Return ``[batch_size, D]``."""
        with torch.inference_mode():
            features = self.computed(self.prepared(values))
        return features.float().cpu().numpy()

    def prepared(self, values: FloatArray) -> Tensor:
        """Return ``[B, 3, size, size]``, as the model reads it."""
        images = torch.from_numpy(np.ascontiguousarray(values)).to(self._computation.device)
        return self._preparation(images).contiguous(memory_format=self._layout)

    def computed(self, images: Tensor) -> Tensor:
        """Return what the model makes of prepared images, ``[B, D]``."""
        with in_precision(self._computation):
            features: Tensor = self._model(images)
        return features


def in_precision(computation: Computation) -> torch.autocast:
    """Return a context in which products are computed in the precision asked for."""
    device = torch.device(computation.device).type
    return torch.autocast(device, torch.bfloat16, enabled=computation.precision == "bfloat16")


def computation_record(computation: Computation) -> dict[str, str]:
    """Return what a record says of the way the features were computed."""
    layout = {"layout": "channels last"} if computation.channels_last else {}
    return {"precision": computation.precision, **layout}


def tensors_sha256(model: nn.Module) -> str:
    """Return one hash of a model's tensors with their names, whichever file format they came in."""
    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        array = tensor.cpu().numpy()
        digest.update(repr((name, array.dtype.str, array.shape)).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
