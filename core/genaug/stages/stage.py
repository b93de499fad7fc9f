"""A stage: one piece of work with one artifact, which is not done again while its fingerprint stands."""

import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from genaug.components.component import Component
from genaug.components.identity import described, parts
from genaug.contracts import Context
from genaug.errors import GenaugError, PluginFailed


class StageContext(Protocol):
    """Give a stage what it works with."""

    @property
    def folder(self) -> Path:
        """Return the folder to write into, and nowhere else."""

    @property
    def hooks(self) -> Any:
        """Return the run's hook caller."""

    @property
    def context(self) -> Context:
        """Return what components are handed."""

    def read(self, stage: str) -> Any:
        """Return what another stage made, as its `read` gives it."""

    def fingerprint(self, stage: str) -> str:
        """Return the fingerprint of another stage."""


@dataclass(frozen=True)
class Stage:
    """Describe a stage.

    Attributes:
        name: unique in a run: ``fit``, ``select.top-k``.
        components: those that do the work, by their parts in it; their settings, source code and files are
            in the fingerprint, and the pipeline's extractor where one of them uses it.
        recipe: what else is in the fingerprint, as plain JSON.
        inputs: names of the stages whose artifacts it reads.
        work: does it.
        read: reads its artifact back.
        keep_partial: the work writes each file atomically and skips those that stand.
        judges: it sees all three views; nothing it learns of them may reach a stage that chooses.
        computes: its result depends on the device and on the number of threads.
        memory: the parts whose components its checkpoint depends on, where those are not all and the
            checkpoint serves variants of the stage, too: it is then kept. Empty: it is the stage's own.
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
    memory: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """Return the module of the function that does the work."""
        work = self.work
        while isinstance(work, partial):
            work = work.func
        return work.__module__


@contextmanager
def at_work(component: Component) -> Iterator[None]:
    """Turn what a plugin raises into an error that names it, and the distribution it comes from.

    Where it raises in the code of a component that it refers to (a generator's regularizer), that
    one is named.

    Raises:
        PluginFailed: for any exception that is not one of genaug's own; the cause is chained.
    """
    try:
        yield
    except GenaugError:
        raise
    except Exception as error:  # whatever a third party's code raises
        culprit = described(_culprit(component, error))
        raise PluginFailed(f"the {culprit} failed: {type(error).__name__}: {error}") from error


def _culprit(component: Component, error: Exception) -> Component:
    """Return which of a component's parts, itself included, raised: the innermost one in the traceback."""
    by_module = {type(part).__module__: part for part in parts(component)}
    modules = [frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__)]
    return next((by_module[name] for name in reversed(modules) if name in by_module), component)


def labelled(components: tuple[Component, ...]) -> Iterator[tuple[str, Any]]:
    """Yield components with labels unique among them: ``top-k``, ``top-k-2``."""
    seen: dict[str, int] = {}
    for component in components:
        seen[component.name] = seen.get(component.name, 0) + 1
        count = seen[component.name]
        yield component.name if count == 1 else f"{component.name}-{count}", component
