"""What learns the data, and what it leaves behind to draw from."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from genaug.components.component import Component
from genaug.contracts.context import Context
from genaug.data import Request, Samples, SampleSpec, TrainView


class Sampler(ABC):
    """Promise samples of a fitted generator.

    Attributes:
        spec: what its samples are.
        capabilities: what a strategy may ask for: ``class-conditional``, ``latent``
            (`Request.latents`), ``prompt``, ``image-to-image`` (`Request.sources`).
        history: what was logged while fitting, one value a logged step under each name;
            empty where nothing was. ``step`` names the steps.
        latent_dim: length of a latent, where ``latent`` is among the capabilities.
        warnings: what a person should know of the fit, a sentence each, e.g. that it diverged.
    """

    spec: SampleSpec
    capabilities: frozenset[str] = frozenset()
    history: Mapping[str, Sequence[float]] = {}
    latent_dim: int | None = None
    warnings: Sequence[str] = ()

    @abstractmethod
    def sample(self, request: Request, rng: np.random.Generator) -> Samples:
        """Return `request.count` samples of class `request.label`.

        The same request and an rng in the same state give the same samples.
        """

    def scores(self, samples: Samples) -> Mapping[str, NDArray[np.float64]]:
        """Return what the sampler itself says of samples it made, float64 ``[N]`` and finite under each name.

        The names are always the same, and the same samples have the same scores. N may be 0. The run
        keeps them with the pool, and selectors see each as ``generator.name``. Default: nothing.
        """
        return {}

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write everything that `Generator.load` needs: safetensors and JSON, never pickle."""


class Generator(Component):
    """Promise to learn the training view."""

    kind: ClassVar[str] = "generator"
    given_scores: ClassVar[frozenset[str]] = frozenset()
    """Names of what its samplers' `Sampler.scores` gives."""

    @abstractmethod
    def fit(self, train: TrainView, context: Context) -> Sampler:
        """Learn the training view.

        Work of more than seconds keeps its state in ``context.checkpoint``, so that a killed
        fit goes on and ends as an uninterrupted one.

        Raises:
            DataError: where the data cannot be learned by this generator.
            TrainingDiverged: where a loss became non-finite.
        """

    @abstractmethod
    def load(self, folder: Path) -> Sampler:
        """Read back what a sampler of this generator saved, its history too; onto the CPU."""
