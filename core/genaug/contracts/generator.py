"""Generators learn the training view; samplers, the results of fits, make samples."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, JsonValue

from genaug.components.component import Component
from genaug.contracts.context import Context
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.data.samples import IntArray


class Sampler(ABC):
    """Base class of samplers: fitted generators.

    Attributes:
        spec: of its samples. Modality, classes and value range are those of the training view. Images and
            signals may have another shape (a pretrained pipeline makes 512 pixels, the task reads 64): the
            pool stores the native shape, and all components get the shape of the data.
        capabilities: what a strategy may request; names from `genaug.contracts.capabilities`.
        latent_dim: length of a latent, where ``latent`` is among the capabilities.
        options_model: pydantic model of `Request.options`; None: there are no options. The engine validates
            the options of each request with it and passes them with all defaults filled in.
        chunk_size: most samples of one call of `sample`. A larger request is split into chunks, each with
            its own rng; a killed run repeats at most one chunk, so a chunk should take less than a minute.
        available: number of available samples of each class, ``[classes]``, where the sampler can only
            return existing samples (the capability ``finite``); None: any number.
        history: what was logged in the fit, one value for each logged step under each name; ``step`` has
            the numbers of the steps. Empty where nothing was logged.
        warnings: warnings of the fit, a sentence each, e.g. that it diverged.
        refused: how many draws of the last call of `sample` the sampler refused and repeated, by reason, an
            adjective: ``{"empty": 2, "copied": 5}``. The sums are a note on the pool.
    """

    spec: SampleSpec
    capabilities: frozenset[str] = frozenset()
    latent_dim: int | None = None
    options_model: type[BaseModel] | None = None
    chunk_size: int = 256
    available: Sequence[int] | None = None
    history: Mapping[str, Sequence[float]] = {}
    warnings: Sequence[str] = ()
    refused: Mapping[str, int] = {}

    @abstractmethod
    def sample(self, request: Request, rng: np.random.Generator) -> Samples | Iterable[Samples]:
        """Yield `request.count` samples of class `request.label` in batches, or return them at once.

        The same request and an rng in the same state give the same samples. Values are finite and in
        the spec's value range. The engine shows progress after each batch.

        Args:
            request: within the capabilities; `source_samples` are filled in where it names sources.
            rng: the only source of randomness.

        Returns:
            Samples ``[N, *spec.shape]`` in any number of parts.
        """

    def draw(self, request: Request, rng: np.random.Generator) -> Samples:
        """Return all samples of a request, joined; see `sample`."""
        made = self.sample(request, rng)
        return made if isinstance(made, Samples) else Samples.join(list(made))

    def encode(self, samples: Samples) -> NDArray[np.float32]:
        """Return latents of real samples, float32 ``[N, latent_dim]``, finite and deterministic.

        Only samplers with the capability ``encode`` have it. A sample made from a latent resembles the
        sample that was encoded, as far as the generator can represent it.
        """
        raise NotImplementedError(f"{type(self).__name__} states no capability `encode`")

    def scores(self, samples: Samples) -> Mapping[str, NDArray[np.float64]]:
        """Return the sampler's own scores of samples it made, float64 ``[N]`` and finite under each name.

        The names are always the same, and the same samples have the same scores. N may be 0. The scores
        are stored with the pool, and selectors get each as ``generator.name``. Default: none.
        """
        return {}

    def metadata(self, request: Request, positions: IntArray) -> Sequence[Mapping[str, JsonValue]]:
        """Return what is known of the making of each sample beyond the request, as plain JSON.

        For samples that were made elsewhere: the file, its prompt, its model. Stored with the pool, shown and
        exported. Default: nothing.

        Args:
            request: that the samples were made for, or a part of one.
            positions: int64 ``[N]``, their indices among the samples of that request.

        Returns:
            N mappings, or none at all where nothing is known of any sample.
        """
        return ()

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write everything that `Generator.load` needs: safetensors, JSON and parquet, never pickle."""


@dataclass(frozen=True, eq=False)
class Existing:
    """The samples of a generator that can only return existing ones, read before anything is learned.

    Attributes:
        counts: number of usable samples of each class, int64 ``[classes]``.
        ids: content ids of those that have the shape of the data; empty where they have another one.
        remarks: a sentence each: what is left out, and why.
    """

    counts: IntArray
    ids: NDArray[np.str_]
    remarks: tuple[str, ...] = ()


class Generator(Component):
    """Base class of generators."""

    kind: ClassVar[str] = "generator"
    given_scores: ClassVar[frozenset[str]] = frozenset()
    """Names of the scores that `Sampler.scores` of its samplers returns."""
    given_capabilities: ClassVar[frozenset[str]] = frozenset({"class-conditional"})
    """Capabilities that each of its samplers has, so that a strategy can be checked before anything is
    learned. A sampler may have more."""
    given_options: ClassVar[type[BaseModel] | None] = None
    """The `Sampler.options_model` of its samplers, so that a strategy's options are checked early, too."""

    @property
    def starts_from(self) -> Path | None:
        """Return the folder of the fit that this generator starts from; None where there is none.

        The engine compares the training samples of that fit with the validation and test views.
        """
        return None

    @property
    def states_disjoint_start(self) -> bool:
        """Return whether the settings state that a start without a record shares no sample with the data."""
        return False

    def shortened(self) -> Self | None:
        """Return this generator with next to no work in its fit; None, the default: there is no such one.

        The forecast of a run's cost (`genaug check --forecast`) measures sampling, selectors and validators
        with its fit, where the real one takes long. Networks and memory stay the same.
        `genaug.training.TrainingConfig` shortens the fit to one step.
        """
        return None

    def existing(self, spec: SampleSpec) -> Existing | None:
        """Read the samples that it can only return (capability ``finite``); None, the default: it makes them.

        Called when the data are split, by `genaug check` and by every run that has not fitted yet, so that
        samples that do not go with the data are refused before anything is learned.

        Args:
            spec: of the data.

        Raises:
            DataError: where they do not go with the data, with what to do.
        """
        return None

    @abstractmethod
    def fit(self, train: TrainView, context: Context) -> Sampler:
        """Learn the training view.

        Save the state of long work in ``context.checkpoint``, so that a killed fit can resume; it must
        end with the same result as an uninterrupted one.

        Args:
            train: the training view; ``train.unlabelled`` may have further samples without labels.
            context: seed, device, progress, features.

        Raises:
            DataError: where this generator cannot learn the data.
            TrainingDiverged: where a loss became non-finite.
        """

    @abstractmethod
    def load(self, folder: Path, context: Context) -> Sampler:
        """Load a sampler that `Sampler.save` wrote, with its history, onto ``context.device``."""
