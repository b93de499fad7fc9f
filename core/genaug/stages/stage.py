"""A stage: one piece of work with one artifact, reused as long as its fingerprint stays the same."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from genaug.components.component import Component
from genaug.contracts import Context


class StageContext(Protocol):
    """What a stage works with: a folder, the results of other stages, the context of components."""

    @property
    def folder(self) -> Path:
        """Return the only folder that the stage may write to."""

    @property
    def hooks(self) -> Any:
        """Return the run's hook caller."""

    @property
    def context(self) -> Context:
        """Return the context that is passed to components."""

    def read(self, stage: str) -> Any:
        """Return the result of another stage, as its `read` returns it."""

    def fingerprint(self, stage: str) -> str:
        """Return the fingerprint of another stage."""


@dataclass(frozen=True)
class Stage:
    """The description of a stage.

    Attributes:
        name: unique in a run: ``fit``, ``select.top-k``.
        components: those that do the work, by their role; their settings, source code and files are part of
            the fingerprint, and so is the pipeline's extractor where one of them uses it.
        recipe: further content of the fingerprint, as plain JSON.
        inputs: names of the stages whose artifacts it reads.
        work: executes the stage.
        read: reads its artifact.
        keep_partial: whether the work writes each file atomically and skips those that exist.
        judges: whether it sees all three views; its results must not reach a stage that chooses.
        computes: whether its result depends on the device and on the number of threads.
    """

    name: str
    components: Mapping[str, Component]
    recipe: Mapping[str, Any]
    inputs: tuple[str, ...]
    work: Callable[[StageContext], None]
    read: Callable[[Path], Any]
    keep_partial: bool = False
    judges: bool = False
    computes: bool = True

    @property
    def module(self) -> str:
        """Return the module of the function that does the work."""
        work = self.work
        while isinstance(work, partial):
            work = work.func
        return work.__module__


def labelled(components: tuple[Component, ...]) -> Iterator[tuple[str, Any]]:
    """Yield components with unique labels: ``top-k``, ``top-k-2``."""
    seen: dict[str, int] = {}
    for component in components:
        seen[component.name] = seen.get(component.name, 0) + 1
        count = seen[component.name]
        yield component.name if count == 1 else f"{component.name}-{count}", component
