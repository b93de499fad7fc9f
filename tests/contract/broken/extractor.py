"""Extractors that break exactly one promise."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch

from genaug import Embedder, Extractor, LearnedExtractor, TextEmbedder
from genaug.data import SampleSpec, TrainView
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


class Centred(Flat):
    def __init__(self, train: TrainView) -> None:
        self.mean = train.samples.values.mean(axis=0)

    def embed(self, values: FloatArray) -> FloatArray:
        return super().embed(values - self.mean)


class CentredExtractor(LearnedExtractor):
    name: ClassVar[str] = "centred"
    modalities: ClassVar[frozenset[str]] = frozenset({"image"})

    def learn(self, train: TrainView, seed: int, device: str) -> Embedder:
        return Centred(train)


class SecretExtractor(PlainExtractor):
    """It needs training, and does not state it."""

    def learn(self, train: TrainView, seed: int, device: str) -> Embedder:
        return Centred(train)


class GreedyExtractor(CentredExtractor):
    def learn(self, train: TrainView, seed: int, device: str) -> Embedder:
        embedder = Centred(train)
        train.samples.values[:] -= embedder.mean
        return embedder


class Lettered(Flat, TextEmbedder):
    """An embedder of texts by the frequencies of some letters."""

    logit_scale = 5.0
    score = "letter score"

    def embed(self, values: FloatArray) -> FloatArray:
        features = super().embed(values) + np.float32(1.5)  # [-1, 1] and a little more: never zero
        return features / np.linalg.norm(features, axis=1, keepdims=True)

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        counts = np.ones((len(texts), 64), dtype=np.float32)
        for row, text in zip(counts, texts, strict=True):
            np.add.at(row, [ord(letter) % 64 for letter in text], 1)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


class LetteredExtractor(PlainExtractor):
    reads_text: ClassVar[bool] = True
    embedder: ClassVar[type[Embedder]] = Lettered


class MuteExtractor(PlainExtractor):
    reads_text: ClassVar[bool] = True


class ShoutingExtractor(LetteredExtractor):
    class embedder(Lettered):  # noqa: N801
        def embed_texts(self, texts: Sequence[str]) -> FloatArray:
            return 2 * super().embed_texts(texts)


class RelativeExtractor(LetteredExtractor):
    class embedder(Lettered):  # noqa: N801
        def embed_texts(self, texts: Sequence[str]) -> FloatArray:
            found = super().embed_texts(texts)
            found = found + found.sum(axis=0)
            return found / np.linalg.norm(found, axis=1, keepdims=True)


GOOD = [FlatExtractor(), PlainExtractor(), VectorExtractor(), CentredExtractor(), LetteredExtractor()]

BROKEN = {
    "declares_what_it_reads": [AnythingExtractor()],
    "gives_a_row_of_features_each": [DoubleExtractor()],
    "embeds_the_same_twice": [NoisyExtractor()],
    "embeds_each_sample_alone": [CentringExtractor()],
    "records_what_it_is": [NamelessExtractor()],
    "declares_whether_it_learns": [SecretExtractor(), GreedyExtractor()],
    "embeds_texts_beside_samples": [MuteExtractor(), ShoutingExtractor(), RelativeExtractor()],
    "leaves_the_values_alone": [ClippingExtractor()],
    "leaves_global_randomness_alone": [SeedingExtractor()],
}
