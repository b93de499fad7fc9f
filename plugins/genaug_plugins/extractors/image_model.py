"""Features of images from a neural network: what every such extractor does around its model."""

import hashlib
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from genaug.contracts import Embedder
from genaug.data import SampleSpec
from genaug.data.samples import FloatArray
from genaug.errors import DataError


class ImageModelEmbedder(Embedder):
    """Embed images ``[B, C, H, W]`` in [-1, 1] with a network that gives one vector an image.

    On the way to the network: [-1, 1] → [0, 1]; gray is repeated into red, green and blue, an alpha
    channel is laid on white; resized to a square by an antialiased bicubic filter, without keeping
    the aspect ratio, and cut to [0, 1] again; normalized channel by channel.

    Args:
        name: the model's name for the record.
        model: from ``[B, 3, size, size]`` to ``[B, D]``.
        spec: what the images are.
        size: side of the network's input in pixels.
        mean, std: of each of the three channels, in [0, 1].
        device: where to compute.

    Raises:
        DataError: where the images have more than four channels.
    """

    def __init__(
        self,
        name: str,
        model: nn.Module,
        spec: SampleSpec,
        size: int,
        mean: Sequence[float],
        std: Sequence[float],
        device: str,
    ) -> None:
        if spec.shape[0] not in (1, 2, 3, 4):
            raise DataError(
                f"{name} reads gray or colour images, with alpha or without, not {spec.shape[0]} channels: "
                "use the extractor 'pixels'"
            )
        self.record = {
            "model": name,
            "weights_sha256": tensors_sha256(model),
            "size": f"{size}x{size}",
            "resize": "none" if spec.shape[1:] == (size, size) else "bicubic, antialiased",
            "normalization": f"mean {_listed(mean)}, std {_listed(std)}",
            "precision": "float32",
        }
        self._model = model.eval().requires_grad_(False).to(device)
        self._size = size
        self._device = device
        self._mean = torch.tensor(list(mean), device=device)[:, None, None]
        self._std = torch.tensor(list(std), device=device)[:, None, None]

    def embed(self, values: FloatArray) -> FloatArray:
        """Return ``[batch_size, D]``."""
        with torch.inference_mode():
            images = torch.from_numpy(np.ascontiguousarray(values)).to(self._device)
            features = self._model(self._prepared(images))
        return features.float().cpu().numpy()  # type: ignore[no-any-return]

    def _prepared(self, images: Tensor) -> Tensor:
        images = images.add(1).div(2)
        colours = 1 if images.shape[1] <= 2 else 3
        if images.shape[1] > colours:
            alpha = images[:, colours:]
            images = images[:, :colours] * alpha + (1 - alpha)
        images = images.expand(-1, 3, -1, -1)
        if images.shape[2:] != (self._size, self._size):
            images = nn.functional.interpolate(
                images, (self._size, self._size), mode="bicubic", antialias=True
            )
        return (images.clamp(0, 1) - self._mean) / self._std


def tensors_sha256(model: nn.Module) -> str:
    """Return one hash of a model's tensors with their names, whichever file format they came in."""
    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        array = tensor.cpu().numpy()
        digest.update(repr((name, array.dtype.str, array.shape)).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _listed(numbers: Sequence[float]) -> str:
    return "/".join(f"{number:g}" for number in numbers)
