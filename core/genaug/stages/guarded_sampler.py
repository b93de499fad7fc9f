"""The sampler as strategies get it: its errors name its generator."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from genaug.components.blame import blaming
from genaug.components.identity import described
from genaug.contracts import Generator, Sampler
from genaug.data import Request, Samples
from genaug.data.samples import IntArray
from genaug.errors import PluginFailed


class GuardedSampler(Sampler):
    """A sampler that delegates every call, checks the result, and names its generator in errors.

    Args:
        sampler: the sampler to call.
        generator: the generator that it belongs to.

    Attributes:
        owner: the generator's name in errors.
    """

    def __init__(self, sampler: Sampler, generator: Generator) -> None:
        self._sampler = sampler
        self._generator = generator
        self.owner = described(generator)
        self.spec = sampler.spec
        self.capabilities = sampler.capabilities
        self.latent_dim = sampler.latent_dim
        self.options_model = sampler.options_model
        self.chunk_size = sampler.chunk_size
        self.available = sampler.available
        self.history = sampler.history
        self.warnings = sampler.warnings

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # pickle looks some up before there is a sampler
            raise AttributeError(name)
        return getattr(self._sampler, name)

    def sample(self, request: Request, rng: np.random.Generator) -> Iterator[Samples]:
        """Yield samples in batches."""
        with blaming(self._generator):
            made = self._sampler.sample(request, rng)
            if not isinstance(made, Samples | Iterable):
                raise PluginFailed(
                    f"`sample` of the sampler of the {self.owner} returned "
                    f"{'None' if made is None else f'a {type(made).__name__}'}, not Samples: return them or "
                    "yield them in batches"
                )
            for batch in [made] if isinstance(made, Samples) else made:
                if not isinstance(batch, Samples):
                    raise PluginFailed(
                        f"the sampler of the {self.owner} yielded a {type(batch).__name__}, not Samples"
                    )
                yield batch

    @property
    def refused(self) -> Mapping[str, int]:  # type: ignore[override]
        """Return the draws that the sampler refused in its last call of `sample`."""
        return self._sampler.refused

    def encode(self, samples: Samples) -> NDArray[np.float32]:
        """Return latents of real samples."""
        with blaming(self._generator):
            latents = self._sampler.encode(samples)
        wanted = (len(samples), self.latent_dim)
        if not isinstance(latents, np.ndarray) or latents.dtype != np.float32 or latents.shape != wanted:
            given = f"{latents.dtype} {list(latents.shape)}" if hasattr(latents, "dtype") else repr(latents)
            raise PluginFailed(
                f"`encode` of the sampler of the {self.owner} returned {given}, not float32 {list(wanted)}"
            )
        if not np.isfinite(latents).all():
            raise PluginFailed(f"`encode` of the sampler of the {self.owner} returned NaN or infinite values")
        return latents

    def scores(self, samples: Samples) -> Mapping[str, NDArray[np.float64]]:
        """Return the sampler's scores of samples; finite float64 ``[N]`` under each name."""
        with blaming(self._generator):
            scores = dict(self._sampler.scores(samples))
        for name, column in scores.items():
            if (
                not isinstance(column, np.ndarray)
                or column.shape != (len(samples),)
                or column.dtype != np.float64
                or not np.isfinite(column).all()
            ):
                raise PluginFailed(
                    f"the score {name!r} of the sampler of the {self.owner} must be "
                    f"{len(samples)} finite float64 numbers"
                )
        return scores

    def metadata(self, request: Request, positions: IntArray) -> Sequence[Mapping[str, JsonValue]]:
        """Return what is known of the making of each sample; a mapping for each, or none at all."""
        with blaming(self._generator):
            known = list(self._sampler.metadata(request, positions))
        if len(known) not in (0, len(positions)) or not all(isinstance(one, Mapping) for one in known):
            raise PluginFailed(
                f"`metadata` of the sampler of the {self.owner} must return a mapping for each of the "
                f"{len(positions)} samples, or none"
            )
        return known

    def save(self, folder: Path) -> None:
        """Write everything that `Generator.load` needs."""
        self._sampler.save(folder)
