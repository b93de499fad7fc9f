"""Hooks: observers of a run, which do not change it.

A hook plugin is a component whose `subscribe` returns an object with methods marked by
``@hookimpl``; each may take fewer arguments than the specification has, so specifications can
grow. Every run has a pluggy manager of its own.
"""

import functools
import inspect
import os
import types
from abc import abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pluggy

from genaug.components.component import Component
from genaug.components.machine_faults import machine_fault
from genaug.data.findings import Findings
from genaug.errors import GenaugError, PluginFailed
from genaug.renamed import warn_of

if TYPE_CHECKING:
    from genaug.training.snapshot import TrainingSnapshot

PROJECT = "genaug"
DISABLED = "GENAUG_DISABLE_HOOKS"
"""Environment variable: comma-separated names of hooks to switch off, or `all`."""

_OLD_ARGUMENTS = {"step": "stage", "steps": "stages", "moment": "snapshot"}
"""New names of arguments, by their names in the previous release."""
_OLD_HOOKS = {"step_started": "stage_started", "step_finished": "stage_finished"}
_RENAMED = {"run_started", "inspected", *_OLD_HOOKS}
"""Hooks with such an argument, or with an old name."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class HookSpecs:
    """The events of a run that a hook may observe."""

    @hookspec
    def run_started(self, folder: Path, config: dict[str, Any], stages: list[str]) -> None:
        """Called when a run begins, with its output folder, complete config and the names of its stages."""

    @hookspec
    def stage_started(self, stage: str) -> None:
        """Called when a stage begins that was not found in the store."""

    @hookspec
    def stage_finished(self, stage: str, fingerprint: str, seconds: float, reused: bool) -> None:
        """Called when a stage's artifact exists; `reused`: it existed already."""

    @hookspec
    def progressed(self, task: str, done: int, total: int) -> None:
        """Called when `done` of `total` units of `task` are done; the last call has done == total."""

    @hookspec
    def trained(self, step: int, total: int, values: dict[str, float]) -> None:
        """Called with the logged values (losses, penalties, controllers) of a training step."""

    @hookspec
    def inspected(self, snapshot: "TrainingSnapshot") -> None:
        """Called when a training step was logged, with a snapshot of the training.

        Networks and torch's global random generator must not be changed.
        """

    @hookspec
    def warned(self, message: str) -> None:
        """Called with a warning, which does not stop the run."""

    @hookspec
    def noted(self, message: str) -> None:
        """Called with a choice of the run and its reason, or with a plain fact: a selector's remark."""

    @hookspec
    def found(self, findings: Findings) -> None:
        """Called with the findings of a validator."""

    @hookspec
    def run_finished(self, record: dict[str, Any]) -> None:
        """Called when the run has finished; `record` is the content of `run.json`."""

    @hookspec
    def run_failed(self, error: BaseException) -> None:
        """Called when the run has ended in an error or was interrupted."""


class Hook(Component):
    """Base class of hooks: observers of a run.

    Hooks only observe: they are not part of a stage's fingerprint.
    """

    kind: ClassVar[str] = "hook"

    @abstractmethod
    def subscribe(self) -> object:
        """Return a fresh object with ``@hookimpl`` methods, one for each run."""


def open_hooks(hooks: Iterable[Hook]) -> Any:
    """Return the caller that notifies the hooks of a run: ``caller.warned(message=…)``.

    Args:
        hooks: those that the pipeline names; the ones named in GENAUG_DISABLE_HOOKS are left out.

    Raises:
        PluginFailed: from any call, naming the hook that raised.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(HookSpecs)
    disabled = {name.strip() for name in os.environ.get(DISABLED, "").split(",")}
    for index, hook in enumerate(hooks):
        if hook.name in disabled or "all" in disabled:
            continue
        subscriber = _guarded(hook.name, hook.subscribe)()
        try:
            manager.register(_named(hook.name, subscriber), name=f"{hook.name}#{index}")
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginFailed(
                f"hook {hook.name!r} implements an event that genaug does not have: {error}"
            ) from error
    return manager.hook


def _named(name: str, subscriber: object) -> object:
    """Return the subscriber's hook methods, wrapped so that errors name the hook."""
    listener = types.SimpleNamespace()
    for attribute in dir(subscriber):
        method = getattr(subscriber, attribute)
        if hasattr(method, f"{PROJECT}_impl"):
            guarded, takes = _guarded(name, method), set(inspect.signature(method).parameters)
            if (attribute in _RENAMED and takes & set(_OLD_ARGUMENTS)) or attribute in _OLD_HOOKS:
                attribute, guarded = _renamed(name, attribute, guarded, takes)
            setattr(listener, attribute, guarded)
    return listener


def _renamed(
    name: str, attribute: str, method: Callable[..., Any], takes: set[str]
) -> tuple[str, Callable[..., Any]]:
    """Return a hook and its name, translated from the names of the previous release."""
    today = _OLD_HOOKS.get(attribute, attribute)
    old = {new: argument for argument, new in _OLD_ARGUMENTS.items()}
    if today != attribute:
        warn_of(f"{attribute} (hook {name!r})", repr(today))
    for argument in takes & set(_OLD_ARGUMENTS):
        warn_of(f"the argument {argument!r} of {attribute} (hook {name!r})", repr(_OLD_ARGUMENTS[argument]))

    def call(**given: Any) -> Any:
        named = {old.get(key, key): value for key, value in given.items()}
        return method(**{key: value for key, value in (given | named).items() if key in takes})

    def run_started(folder: Path, config: dict[str, Any], stages: list[str]) -> Any:
        return call(folder=folder, config=config, stages=stages)

    def stage_started(stage: str) -> Any:
        return call(stage=stage)

    def stage_finished(stage: str, fingerprint: str, seconds: float, reused: bool) -> Any:
        return call(stage=stage, fingerprint=fingerprint, seconds=seconds, reused=reused)

    def inspected(snapshot: "TrainingSnapshot") -> Any:
        return call(snapshot=snapshot)

    # pluggy reads the names of arguments from a function's code, so they are spelled out.
    written = {one.__name__: one for one in (run_started, stage_started, stage_finished, inspected)}
    return today, hookimpl(written[today])


def _guarded(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except GenaugError:
            raise
        except Exception as error:
            if fault := machine_fault(error):
                raise fault from error
            raise PluginFailed(
                f"hook {name!r} raised in {method.__name__}: {type(error).__name__}: {error}; "
                f"remove it from `hooks`, or set {DISABLED}={name}"
            ) from error

    return call
