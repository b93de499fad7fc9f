"""The spaces in which samples are compared."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from genaug.component import Component
from genaug.data import SampleSpec
from genaug.data.samples import FloatArray


class Embedder(ABC):
    """Promise features of samples: a loaded extractor.

    Attributes:
        record: what a figure computed on these features must be quoted with: model, weights
            hash, resize filter, normalization.
        batch_size: how many samples are embedded at once.
    """

    record: Mapping[str, str]
    batch_size: int = 64

    @abstractmethod
    def embed(self, values: FloatArray) -> FloatArray:
        """Return float32 features ``[batch_size, D]`` of values ``[batch_size, *shape]``.

        A sample's features must not depend on the samples beside it.
        """


class Extractor(Component):
    """Promise a feature space."""

    kind: ClassVar[str] = "extractor"
    modalities: ClassVar[frozenset[str]]
    """The modalities it reads."""

    @abstractmethod
    def load(self, spec: SampleSpec, device: str) -> Embedder:
        """Load the model.

        Raises:
            MissingWeights: saying what to install or which path to give.
            DataError: where samples of this shape cannot be read.
        """
