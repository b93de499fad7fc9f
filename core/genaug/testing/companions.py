"""Small components and objects that checks combine with the checked component."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from genaug.components.references import Use
from genaug.contracts import Embedder, Extractor, Model, Predictor, Task
from genaug.data import Pool, Samples, SampleSpec, TrainView
from genaug.data.samples import FloatArray
from genaug.testing.formulas import flat


class FlatExtractor(Extractor):
    """An extractor whose features are the values themselves."""

    name: ClassVar[str] = "flat"
    modalities: ClassVar[frozenset[str]] = frozenset({"image", "signal", "vector", "table", "text"})

    def load(self, spec: SampleSpec, device: str) -> Embedder:
        """Return what needs no loading."""
        return _FlatEmbedder()


class _FlatEmbedder(Embedder):
    record = {"model": "the values themselves"}
    batch_size = 8

    def embed(self, values: NDArray[Any]) -> FloatArray:
        return flat(values).copy()


class MemoryFeatures:
    """Features without a cache; see `genaug.contracts.context.Features`.

    Args:
        train: what spaces that need training learn.
    """

    def __init__(self, train: TrainView) -> None:
        self._train = train

    def __call__(self, extractor: Extractor, samples: Samples | Pool) -> FloatArray:
        """Embed the samples in full batches."""
        values = samples.samples.values if isinstance(samples, Pool) else samples.values
        return self.embedder(extractor).embed_all(values)

    def embedder(self, extractor: Extractor) -> Embedder:
        """Load or learn the space."""
        return extractor.learn(self._train, 0, "cpu")

    def record(self, extractor: Extractor) -> Mapping[str, str]:
        """Return the record of the space."""
        return self.embedder(extractor).record


class UndeclaredFeatures(MemoryFeatures):
    """Features for components that do not declare that they use the pipeline's extractor: it gives none.

    Args:
        train: what spaces that need training learn.
        pipeline: the pipeline's extractor.
    """

    def __init__(self, train: TrainView, pipeline: Extractor) -> None:
        super().__init__(train)
        self._pipeline = pipeline

    def embedder(self, extractor: Extractor) -> Embedder:
        """Load or learn a space, unless it is the pipeline's."""
        assert extractor is not self._pipeline, (
            "it reads features of the pipeline's extractor without declaring it: give it a setting "
            "`extractor` that may be None, or let its `uses_pipeline_extractor` return True"
        )
        return super().embedder(extractor)


class NearestMeanModel(Model):
    """A model that predicts classes by the distance to their means."""

    name: ClassVar[str] = "nearest-mean"

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        """Average each class; a class without samples is never predicted."""
        features = flat(training.values).astype(np.float64)
        means = np.full((spec.classes, features.shape[1]), np.inf)
        for label in np.unique(training.labels):
            means[label] = features[training.labels == label].mean(axis=0)
        return _NearestMean(means)


class LabelTask(Task):
    """The task of predicting labels, with any model of classes."""

    name: ClassVar[str] = "label"
    metric: ClassVar[str] = "accuracy"
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    perfect: ClassVar[float | None] = 1.0
    class_metric: ClassVar[str | None] = "recall"

    model: Use[Model] = Field(default=NearestMeanModel())
    """The model that learns the task."""

    def score(self, prediction: NDArray[np.float64], samples: Samples) -> NDArray[np.float64]:
        """Return 1 where the most probable class is right, else 0."""
        return np.asarray(prediction.argmax(axis=1) == samples.labels, dtype=np.float64)

    def loss(self, prediction: NDArray[np.float64], samples: Samples) -> NDArray[np.float64]:
        """Return 1 − p(true class)."""
        return np.asarray(1 - prediction[np.arange(len(samples)), samples.labels], dtype=np.float64)


class _NearestMean(Predictor):
    def __init__(self, means: NDArray[np.float64]) -> None:
        self._means = means

    def predict(self, samples: Samples) -> NDArray[np.float64]:
        # Distances, and their mean square as the temperature: p = softmax(−d²/D).
        squares = (flat(samples.values)[:, None] - self._means[None]) ** 2  # [N, classes, D]
        logits = -squares.mean(axis=2)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))


class MemoryCheckpoint:
    """A checkpoint in memory; `saved` has every saved state, in order."""

    def __init__(self, kept: tuple[dict[str, Tensor], dict[str, Any]] | None = None) -> None:
        self.saved: list[tuple[dict[str, Tensor], dict[str, Any]]] = [] if kept is None else [kept]

    def load(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """Return copies of the last saved state."""
        if not self.saved:
            return None
        tensors, state = self.saved[-1]
        return {name: tensor.clone() for name, tensor in tensors.items()}, dict(state)

    def save(self, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        """Store copies, the state as it is read back from JSON."""
        copies = {name: tensor.detach().clone() for name, tensor in tensors.items()}
        self.saved.append((copies, json.loads(json.dumps(dict(state)))))
