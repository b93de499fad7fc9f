"""Extractors: the feature spaces in which samples are compared."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from genaug.components.component import Component
from genaug.data import SampleSpec, TrainView
from genaug.data.samples import FloatArray
from genaug.errors import ConfigError, DataError


class Embedder(ABC):
    """Base class of loaded extractors, which compute features of samples.

    Attributes:
        record: what must be reported with every figure computed on these features: model, weights
            hash, resize filter, normalization.
        batch_size: how many samples are embedded at once.
    """

    record: Mapping[str, str]
    batch_size: int = 64

    @abstractmethod
    def embed(self, values: NDArray[Any]) -> FloatArray:
        """Return float32 features ``[batch_size, D]`` of values ``[batch_size, *shape]``.

        Values have the dtype of the spec: float32, float64 for tables, str objects for text. A
        sample's features must not depend on the samples beside it.
        """

    @final
    def padded(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return a full batch: at most `batch_size` values, followed by copies of the last one.

        Batches are always full, so that a sample's features do not depend on the number of samples.
        """
        return np.concatenate([values, np.repeat(values[-1:], self.batch_size - len(values), axis=0)])

    @final
    def embed_all(self, values: NDArray[Any]) -> FloatArray:
        """Return float32 features ``[N, D]`` of any number of values ``[N, *shape]``, in full batches.

        N may be 0: D is then determined with a batch of zeros, or of empty texts.
        """
        size = self.batch_size
        if not len(values):
            blank = np.full((size, *values.shape[1:]), "" if values.dtype == np.object_ else 0, values.dtype)
            return self.embed(blank)[:0].astype(np.float32, copy=False)
        batches = [values[start : start + size] for start in range(0, len(values), size)]
        parts = [self.embed(self.padded(batch))[: len(batch)] for batch in batches]
        return np.concatenate(parts).astype(np.float32, copy=False)


class TextEmbedder(Embedder):
    """Base class of loaded extractors of samples and texts, where a text is close to what it describes.

    Both have unit length: their inner product is the cosine.

    Attributes:
        logit_scale: what cosines are multiplied by before a softmax over texts.
        template: the prompt for a class, with {} in the place of the class name.
        score: name of scores on this space in reports.
    """

    logit_scale: float
    template: str = "{}"
    score: str

    @abstractmethod
    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return float32 features ``[T, D]`` of T texts, each independent of the others; T may be 0."""


class Extractor(Component):
    """Base class of extractors: a feature space."""

    kind: ClassVar[str] = "extractor"
    modalities: ClassVar[frozenset[str]]
    """The modalities that it reads."""
    needs_training: ClassVar[bool] = False
    """Whether the space is learned from the training view: then `learn` is called, and never `load`."""
    reads_text: ClassVar[bool] = False
    """Whether it embeds texts, too: `load` then returns a `TextEmbedder`."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse samples of a modality that this extractor does not read.

        Raises:
            DataError: naming the modalities that it reads.
        """
        if spec.modality not in self.modalities:
            raise DataError(
                f"the extractor {self.name!r} reads {' and '.join(sorted(self.modalities))} samples, not "
                f"{spec.modality} samples: take one that does (genaug plugins list --kind extractor)"
            )

    @abstractmethod
    def load(self, spec: SampleSpec, device: str) -> Embedder:
        """Load the model.

        Raises:
            MissingWeights: naming the package to install or the path to give.
            DataError: where samples of this shape cannot be read.
        """

    def learn(self, train: TrainView, seed: int, device: str) -> Embedder:
        """Learn the space from the training view; the same view and seed give the same features.

        A space that needs no training is loaded.

        Raises:
            MissingWeights, DataError: as `load`.
        """
        if self.needs_training:
            raise NotImplementedError(f"{type(self).__name__} needs training, and has no `learn`")
        return self.load(train.spec, device)


class LearnedExtractor(Extractor):
    """Base class of extractors that are learned from the training view of each run."""

    needs_training: ClassVar[bool] = True

    @abstractmethod
    def learn(self, train: TrainView, seed: int, device: str) -> Embedder:
        """Learn the space; the same view and seed give the same features.

        Raises:
            DataError: where nothing can be learned from these samples.
        """

    @final
    def load(self, spec: SampleSpec, device: str) -> Embedder:
        """Refuse: there is nothing to load."""
        raise ConfigError(
            f"the extractor {self.name!r} is learned from training samples, and there are none here: take "
            "one that needs no training (genaug plugins list --kind extractor)"
        )
