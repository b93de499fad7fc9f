"""Concept embeddings: images by the names of their most probable ImageNet classes."""

from collections.abc import Sequence

import numpy as np
import torch
from timm.data.imagenet_info import ImageNetInfo
from torch import Tensor
from torch.nn import functional

from genaug.contracts import TextEmbedder
from genaug.data import SampleSpec
from genaug.data.samples import FloatArray
from genaug_plugins.extractors.efficientnet_lite0 import MEAN, STD, pretrained_network
from genaug_plugins.extractors.image_embedder import ImageModelEmbedder, tensors_sha256
from genaug_plugins.extractors.image_model import Computation
from genaug_plugins.extractors.preparation import Preparation
from genaug_plugins.extractors.sentences import Sentences

MOST_PROBABLE = 10
"""Number of ImageNet classes in an image's embedding."""


class ConceptEmbedder(ImageModelEmbedder, TextEmbedder):
    """Embed images by their ImageNet probabilities, and texts, at unit length."""

    template = "{}"
    score = "concept score"

    def __init__(
        self, sentences: Sentences, spec: SampleSpec, size: int, scale: float, computation: Computation
    ) -> None:
        network = pretrained_network()
        super().__init__(
            "concept score: EfficientNet-Lite0's 10 most probable ImageNet classes, MiniLM's embeddings of "
            "their names (ConSE; not CLIP)",
            network,
            spec,
            Preparation(size, MEAN, STD),
            computation,
        )
        text = tensors_sha256(sentences.model)
        self.record = {**self.record, "text_weights_sha256": text, "features": "centred, of unit length"}
        self.logit_scale = scale
        self._sentences = sentences
        known = class_names()
        names = torch.cat([sentences(known[start : start + 100]) for start in range(0, len(known), 100)])
        self._centre = names.mean(dim=0)
        self._names = names - self._centre  # [1000, D]

    def computed(self, images: Tensor) -> Tensor:
        """Return ``[B, D]``, of unit length."""
        p, classes = super().computed(images).float().softmax(dim=1).topk(MOST_PROBABLE)  # [B, 10] each
        mean = (p[:, :, None] * self._names[classes]).sum(dim=1)
        return functional.normalize(mean, dim=1)

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return ``[T, D]``, of unit length."""
        if not texts:
            return np.zeros((0, self._names.shape[1]), dtype=np.float32)
        # One by one: in a batch, padding would make the last digits of a text depend on the others.
        found = torch.cat([self._sentences([text]) for text in texts]) - self._centre
        found = functional.normalize(found, dim=1)
        return found.cpu().numpy()


def class_names() -> list[str]:
    """Return the first name of each of ImageNet's 1,000 classes."""
    known = ImageNetInfo()
    return [known.index_to_description(number).split(",")[0] for number in range(1000)]
