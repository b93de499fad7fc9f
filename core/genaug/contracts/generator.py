"""Generators learn the training view; samplers are what a fit leaves: they make samples."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from genaug.components.component import Component
from genaug.contracts.context import Context
from genaug.data import Request, Samples, SampleSpec, TrainView


class Sampler(ABC):
    """Base class of samplers: what a fitted generator makes samples with.

    Attributes:
        spec: what its samples are: modality, classes and value range are those of the training view.
            Images and signals may have another shape (a pretrained pipeline makes 512 pixels, the task
            reads 64): the pool keeps what was made, and everyone else gets it at the data's shape.
        capabilities: what a strategy may ask for; names from `genaug.contracts.capabilities`.
        latent_dim: length of a latent, where ``latent`` is among the capabilities.
        options_model: pydantic model of `Request.options`; None: there are none to set. The engine checks
            the options of each request with it and hands them over complete, every default written out.
        chunk_size: samples that one call of `sample` makes at most. A larger request comes in chunks, each
            with an rng of its own; a killed run repeats at most the chunk it was in, so let a chunk take
            less than a minute.
        available: how many samples of each class there are, ``[classes]``, where it only gives out what
            exists already; None: as many as anyone asks for.
        history: what was logged while fitting, one value a logged step under each name;
            empty where nothing was. ``step`` names the steps.
        warnings: what a person should know of the fit, a sentence each, e.g. that it diverged.
    """

    spec: SampleSpec
    capabilities: frozenset[str] = frozenset()
    latent_dim: int | None = None
    options_model: type[BaseModel] | None = None
    chunk_size: int = 256
    available: Sequence[int] | None = None
    history: Mapping[str, Sequence[float]] = {}
    warnings: Sequence[str] = ()

    @abstractmethod
    def sample(self, request: Request, rng: np.random.Generator) -> Samples | Iterable[Samples]:
        """Yield `request.count` samples of class `request.label` in batches, or return them at once.

        The same request and an rng in the same state give the same samples. Values are finite and in
        the spec's value range. The engine shows progress after each batch.

        Args:
            request: what is asked for, nothing in it beyond the capabilities; `source_samples` are at
                hand where it names sources.
            rng: the only source of randomness.

        Returns:
            Samples ``[N, *spec.shape]`` in any number of parts.
        """

    def draw(self, request: Request, rng: np.random.Generator) -> Samples:
        """Return all samples of a request, joined; see `sample`."""
        made = self.sample(request, rng)
        return made if isinstance(made, Samples) else Samples.join(list(made))

    def encode(self, samples: Samples) -> NDArray[np.float32]:
        """Return latents of real samples, float32 ``[N, latent_dim]`` and finite: the same of the same.

        Only samplers with the capability ``encode`` have it. A sample made of a latent resembles the one
        that the latent was found for, as far as the generator can make it.
        """
        raise NotImplementedError(f"{type(self).__name__} states no capability `encode`")

    def scores(self, samples: Samples) -> Mapping[str, NDArray[np.float64]]:
        """Return what the sampler itself says of samples it made, float64 ``[N]`` and finite under each name.

        The names are always the same, and the same samples have the same scores. N may be 0. The run
        keeps them with the pool, and selectors see each as ``generator.name``. Default: nothing.
        """
        return {}

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write everything that `Generator.load` needs: safetensors, JSON and parquet, never pickle."""


class Generator(Component):
    """Base class of generators."""

    kind: ClassVar[str] = "generator"
    given_scores: ClassVar[frozenset[str]] = frozenset()
    """Names of what its samplers' `Sampler.scores` gives."""
    given_capabilities: ClassVar[frozenset[str]] = frozenset({"class-conditional"})
    """What every one of its samplers can do at least, so that a strategy is checked before anything is
    learned. A sampler may do more."""
    given_options: ClassVar[type[BaseModel] | None] = None
    """The `Sampler.options_model` of its samplers, so that a strategy's options are checked early, too."""

    @property
    def starts_from(self) -> Path | None:
        """Return the folder of the fit that this one begins from; None: it begins from nothing learned here.

        The engine compares the samples that it was fitted on with the validation and the test view.
        """
        return None

    @property
    def states_disjoint_start(self) -> bool:
        """Return whether the settings state that a start without a record has seen no sample of this data."""
        return False

    @abstractmethod
    def fit(self, train: TrainView, context: Context) -> Sampler:
        """Learn the training view.

        Work of more than seconds keeps its state in ``context.checkpoint``, so that a killed
        fit resumes and ends as an uninterrupted one.

        Args:
            train: the only data there is; ``train.unlabelled`` may hold more samples, without labels.
            context: seed, device, progress, features.

        Raises:
            DataError: where the data cannot be learned by this generator.
            TrainingDiverged: where a loss became non-finite.
        """

    @abstractmethod
    def load(self, folder: Path, context: Context) -> Sampler:
        """Read back what a sampler of this generator saved, its history too; onto ``context.device``."""
