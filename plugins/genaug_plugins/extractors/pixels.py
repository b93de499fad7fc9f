"""The values of a sample as features."""

from typing import ClassVar

import numpy as np

from genaug.contracts import Embedder, Extractor
from genaug.data import SampleSpec
from genaug.data.samples import FloatArray


class PixelsEmbedder(Embedder):
    """Flatten values."""

    def __init__(self, spec: SampleSpec) -> None:
        self.record = {
            "model": "pixels",
            "shape": "x".join(map(str, spec.shape)),
            "resize": "none",
            "normalization": "none",
            "precision": "float32",
        }

    def embed(self, values: FloatArray) -> FloatArray:
        """Return ``[batch_size, prod(shape)]``."""
        return np.ascontiguousarray(values.reshape(len(values), -1), dtype=np.float32)


class PixelsExtractor(Extractor):
    """Compare samples value by value.

    Needs no weights and accepts every numeric modality. It is not invariant: a shifted copy is far away.
    Suited to small, centred images, signals and vectors.
    """

    name: ClassVar[str] = "pixels"
    modalities: ClassVar[frozenset[str]] = frozenset({"image", "signal", "vector"})

    def load(self, spec: SampleSpec, device: str) -> PixelsEmbedder:
        """Return the embedder; the device is not used."""
        return PixelsEmbedder(spec)
