"""The context of a component: device, seed, progress, hooks, features."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from genaug.contracts.extractor import Embedder, Extractor
from genaug.contracts.results import MemoryResults, Results
from genaug.data import Confusion, Pool, Samples
from genaug.data.samples import FloatArray
from genaug.data.seeds import derive_seed
from genaug.errors import PluginFailed

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")
R = TypeVar("R")


class Checkpoint(Protocol):
    """Interface of a checkpoint: the state of long work, which survives a killed process."""

    def load(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """Return the tensors and the JSON state that were saved last; None where there are none."""

    def save(self, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        """Replace the saved state atomically."""


class Features(Protocol):
    """Interface of a feature cache: each feature is computed once."""

    def __call__(self, extractor: Extractor, samples: Samples | Pool) -> FloatArray:
        """Return float32 features ``[N, D]``."""

    def embedder(self, extractor: Extractor) -> Embedder:
        """Return the loaded space."""

    def record(self, extractor: Extractor) -> Mapping[str, str]:
        """Return the record of a feature space; see `Embedder.record`."""


class Map(Protocol):
    """Interface of a map over independent items, on this machine or on others."""

    def __call__(
        self, function: Callable[[T], R], items: Iterable[T], total: int, threads: int | None = 1
    ) -> Iterator[R]:
        """Yield ``function(item)`` for each item, in the order of the items.

        Items are taken lazily, and each result is complete when it is yielded: results that were taken
        from the iterator before an interrupt are not lost. An error of a call is raised as it is, after
        the results of the items before it.

        Args:
            function: picklable; its result depends on the item and on the number of threads alone. Calls
                that run in parallel each have a copy of it.
            items: picklable, of any number.
            total: most items there can be, to decide whether running in parallel is worthwhile.
            threads: CPU threads of a call; None: those of the run.
        """


def one_after_another(
    function: Callable[[T], R], items: Iterable[T], total: int, threads: int | None = 1
) -> Iterator[R]:
    """Apply a function to items in this process; see `Map`."""
    from genaug.training.processes import limited_threads

    for item in items:
        with limited_threads(threads):
            result = function(item)
        yield result


@dataclass(frozen=True)
class Context:
    """The environment of a component while it works.

    Attributes:
        seed: the seed of this stage, derived from the run's.
        device: torch device, e.g. `cpu` or `cuda:0`.
        hooks: the run's hook caller (see `genaug.hooks.HookSpecs`).
        extractor: the pipeline's feature space, for components that name none.
        embed: features of samples in a given feature space, cached by content.
        checkpoint: state of long work, for resuming after a kill.
        results: results of expensive fits, shared by stages.
        run_seed: the seed of the whole run, for fits that are shared between stages; None: `seed`.
        mapped: applies functions to items; see `map`.
        confused: computes the task's confusion; see `confusion`.
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
    confused: Callable[[], Confusion] | None = None

    def features(self, extractor: Extractor | None, samples: Samples | Pool) -> FloatArray:
        """Return float32 ``[N, D]`` features; ``extractor`` None means the pipeline's extractor.

        No sample is embedded twice in one output folder. The features of many samples are memory-mapped:
        take rows or slices of them instead of a copy of the whole array. Writing to the array changes
        nothing else.
        """
        return self.embed(extractor or self.extractor, samples)

    def embedder(self, extractor: Extractor | None) -> Embedder:
        """Return the loaded extractor, e.g. to embed texts; it is loaded once in a run."""
        return self.embed.embedder(extractor or self.extractor)

    def record(self, extractor: Extractor | None) -> Mapping[str, str]:
        """Return the record of a feature space; nothing is loaded where features are cached already."""
        return self.embed.record(extractor or self.extractor)

    def confusion(self) -> Confusion:
        """Return the confusion of the pipeline's task on the training view.

        It is available to strategies that declare it (`Strategy.reads_confusion`), and computed by
        cross-fitting when it is first asked for: every training sample is predicted by a model that was not
        trained on it, its copies or its group. It is stored in the output folder.

        Raises:
            DataError: where a class has a single training sample.
            PluginFailed: where the component does not declare that it reads the confusion.
        """
        if self.confused is None:
            raise PluginFailed(
                "the task's confusion is available only to a strategy that declares `reads_confusion = True`"
            )
        return self.confused()

    def rng(self, *names: str) -> np.random.Generator:
        """Return an independent random generator for the work called `names`."""
        return np.random.default_rng(derive_seed(self.seed, *names))

    def map(
        self, function: Callable[[T], R], items: Iterable[T], total: int, threads: int | None = 1
    ) -> Iterator[R]:
        """Yield ``function(item)`` for independent items: fits, shards, batches to embed.

        Results come in the order of the items and do not depend on where they are computed. Store each
        result when it is yielded: an interrupt then costs only the calls in progress. Pass the items
        through `track` to show progress.

        Args:
            function: a module's function, or a `partial` of one; picklable.
            items: picklable; taken lazily.
            total: most items there can be.
            threads: CPU threads of a call. 1: calls can run in parallel on this machine. None: those of
                the run, for calls that are short or that compute in parallel themselves.
        """
        return self.mapped(function, items, total, threads)

    def track(self, items: Sequence[T], task: str) -> Iterator[T]:
        """Yield the items and notify the hooks of the progress of `task`."""
        for done, item in enumerate(items):
            self.hooks.progressed(task=task, done=done, total=len(items))
            yield item
        self.hooks.progressed(task=task, done=len(items), total=len(items))
