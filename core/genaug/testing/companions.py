"""Small components and objects that checks combine with the checked component."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from genaug.components.references import Use
from genaug.contracts import Embedder, Extractor, Model, Predictor, Sampler, Task
from genaug.data import Pool, Request, Samples, SampleSpec, TrainView
from genaug.data.samples import FloatArray
from genaug.testing.formulas import drawn, flat


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


class FormulaOptions(BaseModel):
    """Options of requests to a `FormulaSampler`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    strength: float = Field(default=0.2, ge=0, le=1)
    """Standard deviation of the noise."""


class FormulaSampler(Sampler):
    """A sampler that draws noisy samples by formula, with every capability.

    A sample is the class's formula, or the source that it starts from, and noise: of four directions
    where latents are given, else of every value.

    Args:
        spec: of its samples.
        capabilities: those that it states.
    """

    options_model = FormulaOptions
    chunk_size = 5

    def __init__(self, spec: SampleSpec, capabilities: frozenset[str]) -> None:
        self.spec = spec
        self.capabilities = capabilities
        self.latent_dim = min(4, int(np.prod(spec.shape))) if "latent" in capabilities else None

    def sample(self, request: Request, rng: np.random.Generator) -> Iterator[Samples]:
        """Yield noisy samples of the class, three at a time."""
        options = FormulaOptions.model_validate(request.options)
        if self.spec.modality in ("table", "text"):
            yield self._rows(request, rng)
            return
        if request.latents is None:
            noise = rng.standard_normal((request.count, *self.spec.shape), dtype=np.float32)
        else:
            noise = (request.latents @ self._directions()).reshape(-1, *self.spec.shape)
        clean = self._clean(request, rng)
        values = (clean + options.strength * noise).astype(np.float32)
        if request.mask is not None:
            values = np.where(request.mask_over(self.spec), values, clean)
        if self.spec.value_range is not None:
            values = values.clip(*self.spec.value_range)
        for start in range(0, request.count, 3):
            part = values[start : start + 3]
            yield Samples(part, np.full(len(part), request.label, dtype=np.int64))

    def _rows(self, request: Request, rng: np.random.Generator) -> Samples:
        """Return rows or texts of the class, without noise."""
        first = 200 + int(rng.integers(1000))
        made = drawn(self.spec, range(first, first + request.count), noise=0.0)
        return made.take(made.labels == request.label)

    def encode(self, samples: Samples) -> NDArray[np.float32]:
        """Return the latents whose noise is closest to the sample's difference from its class's formula."""
        clean = np.stack([self._formula(int(label)) for label in samples.labels])
        beyond = flat(samples.values - clean) / FormulaOptions().strength
        latents: NDArray[np.float32] = (beyond @ self._directions().T).astype(np.float32)
        return latents

    def save(self, folder: Path) -> None:
        """Write the spec and the capabilities."""
        (folder / "spec.json").write_text(self.spec.model_dump_json(), encoding="utf-8")

    def _clean(self, request: Request, rng: np.random.Generator) -> FloatArray:
        if request.source_samples is not None:
            values: FloatArray = request.one_source_each().values
            return values
        return np.repeat(self._formula(request.label)[None], request.count, axis=0)

    def _formula(self, label: int) -> FloatArray:
        found: FloatArray = drawn(self.spec, range(200, 201), noise=0.0).values[label]
        return found

    def _directions(self) -> FloatArray:
        """Return orthonormal directions, ``[latent_dim, D]``: smooth ones."""
        size = int(np.prod(self.spec.shape))
        powers = np.vander(np.linspace(-1, 1, size), self.latent_dim)
        return np.asarray(np.linalg.qr(powers)[0].T, dtype=np.float32)


class TinyDiscriminator(nn.Module):
    """A smooth discriminator of values, label and condition: a perceptron with one hidden layer."""

    def __init__(self, spec: SampleSpec, condition_dim: int, random: torch.Generator) -> None:
        super().__init__()
        inputs = int(np.prod(spec.shape)) + spec.classes + condition_dim
        self.classes = spec.classes
        self.hidden = nn.Parameter(torch.randn(inputs, 16, generator=random) / inputs**0.5)
        self.out = nn.Parameter(torch.randn(16, generator=random) / 4)

    def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        """Return logits ``[N]``."""
        known = one_hot(labels, self.classes)
        seen = torch.cat([values.flatten(1), known, condition], dim=1)
        return torch.tanh(seen @ self.hidden) @ self.out


class TinyGenerator(nn.Module):
    """A generator of samples in [-1, 1] from latents and labels: one layer with tanh."""

    latent_dim = 4

    def __init__(self, spec: SampleSpec, random: torch.Generator) -> None:
        super().__init__()
        inputs = self.latent_dim + spec.classes
        self.shape, self.classes = spec.shape, spec.classes
        self.layer = nn.Parameter(torch.randn(inputs, int(np.prod(spec.shape)), generator=random) / 2)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Return values ``[N, *shape]``."""
        seen = torch.cat([latents, one_hot(labels, self.classes)], dim=1)
        return torch.tanh(seen @ self.layer).reshape(-1, *self.shape)


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """Return ``[N, classes]``; torch's `one_hot` would read the labels, which waits for the device."""
    return (labels[:, None] == torch.arange(classes, device=labels.device)).float()


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
