"""What a component is handed beside its data: device, seed, progress, hooks, features."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from genaug.contracts.extractor import Embedder, Extractor
from genaug.contracts.results import MemoryResults, Results
from genaug.data import Pool, Samples
from genaug.data.samples import FloatArray
from genaug.data.seeds import derive_seed

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")
R = TypeVar("R")


class Checkpoint(Protocol):
    """Keep the state of long work across a killed process."""

    def load(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """Return the tensors and the JSON state saved last; None where there are none."""

    def save(self, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        """Replace what is kept, in one atomic step."""


class Features(Protocol):
    """Give features of samples, each computed once."""

    def __call__(self, extractor: Extractor, samples: Samples | Pool) -> FloatArray:
        """Return float32 features ``[N, D]``."""

    def embedder(self, extractor: Extractor) -> Embedder:
        """Return the loaded space."""

    def record(self, extractor: Extractor) -> Mapping[str, str]:
        """Return what figures computed on these features are quoted with."""


class Map(Protocol):
    """Applies a function to independent items, on this machine or on others."""

    def __call__(self, function: Callable[[T], R], items: Iterable[T], total: int) -> Iterator[R]:
        """Yield ``function(item)`` for each item, in the order of the items.

        An item is taken when its turn comes, and a result is there when it is yielded: what was taken from
        the iterator before an interrupt is not lost.

        Args:
            function: picklable; its result depends on the item alone.
            items: picklable, of any number.
            total: how many there are at most, to judge by what is worth the while.
        """


def one_after_another(function: Callable[[T], R], items: Iterable[T], total: int) -> Iterator[R]:
    """Apply a function to items in this process; see `Map`."""
    from genaug.training.processes import limited_threads

    for item in items:
        with limited_threads(1):
            result = function(item)
        yield result


@dataclass(frozen=True)
class Context:
    """Hold what a component may use while it works.

    Attributes:
        seed: the seed of this step, derived from the run's.
        device: torch device, e.g. `cpu` or `cuda:0`.
        hooks: the run's hook caller (see `genaug.hooks.HookSpecs`).
        extractor: the pipeline's feature space, for components that name none.
        embed: features of samples in a given feature space, cached by content.
        checkpoint: keeps state across a kill.
        results: of expensive fits, shared by everything that judges a run.
        run_seed: the seed of the whole run, for fits that are shared between stages; None: `seed`.
        mapped: applies functions to items; see `map`.
    """

    seed: int
    device: str
    hooks: Any
    extractor: Extractor
    embed: Features
    checkpoint: Checkpoint
    results: Results = field(default_factory=MemoryResults)
    run_seed: int | None = None
    mapped: Map = one_after_another

    def features(self, extractor: Extractor | None, samples: Samples | Pool) -> FloatArray:
        """Return float32 ``[N, D]`` features; None stands for the pipeline's extractor.

        No sample is embedded twice into one output folder, whoever asks. The features of many
        samples lie in a file that is mapped into memory: take rows or slices of them, and no copy of
        the whole. The array is the caller's own; what is written into it changes nothing else.
        """
        return self.embed(extractor or self.extractor, samples)

    def embedder(self, extractor: Extractor | None) -> Embedder:
        """Return the loaded space itself, e.g. to embed texts; it is loaded once a run."""
        return self.embed.embedder(extractor or self.extractor)

    def record(self, extractor: Extractor | None) -> Mapping[str, str]:
        """Return what figures on features must be quoted with; of known features nothing is loaded."""
        return self.embed.record(extractor or self.extractor)

    def rng(self, *names: str) -> np.random.Generator:
        """Return a generator of its own for the work called `names`."""
        return np.random.default_rng(derive_seed(self.seed, *names))

    def map(self, function: Callable[[T], R], items: Iterable[T], total: int) -> Iterator[R]:
        """Yield ``function(item)`` for each of some independent items: fits, shards, batches to embed.

        Results come in the order of the items, and are the same wherever and beside whatever they are
        computed: a call has one CPU thread. Keep each as it comes, and an interrupt costs the calls under
        way. `track` the items to show progress.

        Args:
            function: a module's function, or a `partial` of one; picklable.
            items: picklable; taken when their turn comes.
            total: how many there are at most.
        """
        return self.mapped(function, items, total)

    def track(self, items: Sequence[T], task: str) -> Iterator[T]:
        """Yield the items, telling the hooks how far `task` has come."""
        for done, item in enumerate(items):
            self.hooks.progressed(task=task, done=done, total=len(items))
            yield item
        self.hooks.progressed(task=task, done=len(items), total=len(items))
