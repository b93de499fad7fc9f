"""InceptionV3 as an embedder: the network resizes and normalizes its input."""

import torch
from torch import Tensor, nn

from genaug.data.samples import FloatArray
from genaug_plugins.extractors.image_embedder import ImageModelEmbedder
from genaug_plugins.extractors.preparation import flattened


class InceptionEmbedder(ImageModelEmbedder):
    """Embeds 8-bit colour images of any size: the network resizes and normalizes them."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.record = {
            **self.record,
            "resize": "bilinear as in TensorFlow 1, not antialiased",
            "normalization": "(x - 128)/128 of 8 bits",
        }

    def prepared(self, values: FloatArray) -> Tensor:
        """Return uint8 ``[B, 3, H, W]``."""
        images = flattened(torch.from_numpy(values.copy()).to(self._computation.device))
        pixels = images.add(1).mul_(127.5).round_().clamp_(0, 255).to(torch.uint8)
        return pixels.expand(-1, 3, -1, -1).contiguous(memory_format=self._layout)


class Pooled(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        (features,) = self.network(images)
        return features  # type: ignore[no-any-return]
