"""CLIP's towers as an embedder of images and texts."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from genaug.contracts import TextEmbedder
from genaug.data import SampleSpec
from genaug.data.samples import FloatArray
from genaug_plugins.extractors.image_embedder import ImageModelEmbedder, in_precision
from genaug_plugins.extractors.image_model import Computation
from genaug_plugins.extractors.towers import Towers


class ClipEmbedder(ImageModelEmbedder, TextEmbedder):
    """Embed images and texts at unit length."""

    template = "a photo of a {}."
    score = "CLIP score"

    def __init__(self, towers: Towers, spec: SampleSpec, computation: Computation) -> None:
        model = ImageTower(towers)
        super().__init__(towers.name, model, spec, towers.preparation, computation)
        self.record = {**self.record, "features": "of unit length"}
        self.logit_scale = towers.logit_scale
        self._texts = towers.texts

    def computed(self, images: Tensor) -> Tensor:
        """Return the image tower's embeddings of prepared images, ``[B, D]``, of unit length."""
        return functional.normalize(super().computed(images).float(), dim=1)

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return ``[T, D]``, of unit length."""
        parts = []
        with torch.inference_mode(), in_precision(self._computation):
            # At least one batch: the result has a width even for no texts.
            for start in range(0, max(len(texts), 1), self.batch_size):
                batch = [*texts[start : start + self.batch_size]]
                found = functional.normalize(self._texts(batch or [""]).float(), dim=1)
                parts.append(found[: len(batch)].cpu().numpy())
        return np.concatenate(parts)


class ImageTower(nn.Module):
    def __init__(self, towers: Towers) -> None:
        super().__init__()
        self.model = towers.model
        self._images = towers.images

    def forward(self, images: Tensor) -> Tensor:
        return self._images(images)
