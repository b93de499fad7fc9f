"""A sampler that needs no fit: noisy samples by formula."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from genaug.contracts import Sampler
from genaug.data import Request, Samples, SampleSpec
from genaug.data.samples import FloatArray
from genaug.testing.formulas import drawn, flat

HELD = 9
"""Samples of each class that a sampler with the capability ``finite`` has."""


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
        capabilities: those that it has.
    """

    options_model = FormulaOptions
    chunk_size = 5

    def __init__(self, spec: SampleSpec, capabilities: frozenset[str]) -> None:
        self.spec = spec
        self.capabilities = capabilities
        self.available = [HELD] * spec.classes if "finite" in capabilities else None
        self.latent_dim = min(4, int(np.prod(spec.shape))) if "latent" in capabilities else None

    def sample(self, request: Request, rng: np.random.Generator) -> Iterator[Samples]:
        """Yield noisy samples of the class, three at a time."""
        options = FormulaOptions.model_validate(request.options)
        if self.spec.modality in ("table", "text"):
            first = 200 + int(rng.integers(1000))
            made = drawn(self.spec, range(first, first + request.count), noise=0.0)  # without noise
            yield made.take(made.labels == request.label)
            return
        if request.latents is None:
            noise = rng.standard_normal((request.count, *self.spec.shape), dtype=np.float32)
        else:
            directions = self._directions(int(np.prod(self.spec.shape)))
            noise = (request.latents @ directions).reshape(-1, *self.spec.shape)
        if request.source_samples is not None:
            clean = request.one_source_each().values
        else:
            clean = np.repeat(self._formula(request.label)[None], request.count, axis=0)
        values = (clean + options.strength * noise).astype(np.float32)
        if request.mask is not None:
            values = np.where(request.mask_over(self.spec), values, clean)
        if self.spec.value_range is not None:
            values = values.clip(*self.spec.value_range)
        for start in range(0, request.count, 3):
            part = values[start : start + 3]
            yield Samples(part, np.full(len(part), request.label, dtype=np.int64))

    def encode(self, samples: Samples) -> NDArray[np.float32]:
        """Return the latents whose noise is closest to the sample's difference from its class's formula."""
        clean = drawn(self.spec, range(200, 201), noise=0.0).values[samples.labels]
        beyond = (flat(samples.values) - flat(clean)) / FormulaOptions().strength
        latents: NDArray[np.float32] = (beyond @ self._directions(beyond.shape[1]).T).astype(np.float32)
        return latents

    def save(self, folder: Path) -> None:
        """Write the spec and the capabilities."""
        (folder / "spec.json").write_text(self.spec.model_dump_json(), encoding="utf-8")

    def _formula(self, label: int) -> FloatArray:
        found: FloatArray = drawn(self.spec, range(200, 201), noise=0.0).values[label]
        return found

    def _directions(self, size: int) -> FloatArray:
        """Return smooth orthonormal directions, ``[latent_dim, size]``."""
        powers = np.vander(np.linspace(-1, 1, size), self.latent_dim)
        return np.asarray(np.linalg.qr(powers)[0].T, dtype=np.float32)
