"""Base class of embedders of images by a loaded network."""

import hashlib

import numpy as np
import torch
from torch import Tensor, nn

from genaug.contracts import Embedder
from genaug.data import SampleSpec
from genaug.data.samples import FloatArray
from genaug_plugins.extractors.image_model import Computation, computation_record
from genaug_plugins.extractors.preparation import Preparation


class ImageModelEmbedder(Embedder):
    """Embed images ``[B, C, H, W]`` in [-1, 1] with a network that gives one vector per image.

    Args:
        name: the model's name for the record.
        model: from ``[B, 3, size, size]`` to ``[B, D]``.
        spec: of the images.
        preparation: converts such images to the model's input.
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
        """Return the model's input, ``[B, 3, size, size]``."""
        images = torch.from_numpy(np.ascontiguousarray(values)).to(self._computation.device)
        return self._preparation(images).contiguous(memory_format=self._layout)

    def computed(self, images: Tensor) -> Tensor:
        """Return the model's features of prepared images, ``[B, D]``."""
        with in_precision(self._computation):
            features: Tensor = self._model(images)
        return features


def in_precision(computation: Computation) -> torch.autocast:
    """Return a context in which products are computed in the configured precision."""
    device = torch.device(computation.device).type
    return torch.autocast(device, torch.bfloat16, enabled=computation.precision == "bfloat16")


def tensors_sha256(model: nn.Module) -> str:
    """Return a hash of a model's tensors and their names, independent of the file format."""
    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        array = tensor.cpu().numpy()
        digest.update(repr((name, array.dtype.str, array.shape)).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
