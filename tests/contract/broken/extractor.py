"""Extractors that break exactly one promise."""

from typing import ClassVar

import numpy as np
import torch

from genaug import Embedder, Extractor
from genaug.data import SampleSpec
from genaug.data.samples import FloatArray
from genaug.testing.companions import FlatExtractor


class Flat(Embedder):
    record = {"model": "flat"}
    batch_size = 6

    def embed(self, values: FloatArray) -> FloatArray:
        return values.reshape(len(values), -1) + np.float32(0)


class PlainExtractor(Extractor):
    name: ClassVar[str] = "plain"
    modalities: ClassVar[frozenset[str]] = frozenset({"image"})
    embedder: ClassVar[type[Embedder]] = Flat

    def load(self, spec: SampleSpec, device: str) -> Embedder:
        return self.embedder()


class VectorExtractor(PlainExtractor):
    name: ClassVar[str] = "vector"
    modalities: ClassVar[frozenset[str]] = frozenset({"vector"})


class AnythingExtractor(PlainExtractor):
    modalities: ClassVar[list[str]] = ["image"]  # type: ignore[assignment]


class DoubleExtractor(PlainExtractor):
    class embedder(Flat):  # noqa: N801
        def embed(self, values: FloatArray) -> FloatArray:
            return super().embed(values).astype(np.float64)  # type: ignore[return-value]


class NoisyExtractor(PlainExtractor):
    class embedder(Flat):  # noqa: N801
        def embed(self, values: FloatArray) -> FloatArray:
            features = super().embed(values)
            return features + 1e-6 * np.random.default_rng().standard_normal(features.shape, dtype=np.float32)


class CentringExtractor(PlainExtractor):
    class embedder(Flat):  # noqa: N801
        def embed(self, values: FloatArray) -> FloatArray:
            features = super().embed(values)
            return features - features.mean(axis=0)


class NamelessExtractor(PlainExtractor):
    class embedder(Flat):  # noqa: N801
        record: ClassVar[dict[str, str]] = {}


class ClippingExtractor(PlainExtractor):
    class embedder(Flat):  # noqa: N801
        def embed(self, values: FloatArray) -> FloatArray:
            values.clip(0, 1, out=values)
            return super().embed(values)


class SeedingExtractor(PlainExtractor):
    def load(self, spec: SampleSpec, device: str) -> Embedder:
        torch.manual_seed(0)
        return super().load(spec, device)


GOOD = [FlatExtractor(), PlainExtractor(), VectorExtractor()]

BROKEN = {
    "declares_what_it_reads": [AnythingExtractor()],
    "gives_a_row_of_features_each": [DoubleExtractor()],
    "embeds_the_same_twice": [NoisyExtractor()],
    "embeds_each_sample_alone": [CentringExtractor()],
    "records_what_it_is": [NamelessExtractor()],
    "leaves_the_values_alone": [ClippingExtractor()],
    "leaves_global_randomness_alone": [SeedingExtractor()],
}
