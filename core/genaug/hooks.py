"""Who wants to know: hooks are told what happens in a run, and change nothing.

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
from genaug.data.findings import Findings
from genaug.errors import GenaugError, PluginFailed
from genaug.renamed import warn_of

if TYPE_CHECKING:
    from genaug.training.snapshot import TrainingSnapshot

PROJECT = "genaug"
DISABLED = "GENAUG_DISABLE_HOOKS"
"""Environment variable: comma-separated names of hooks to switch off, or `all`."""

_OLD_ARGUMENTS = {("inspected", "moment"): "snapshot"}
"""Today's name of an argument, by the specification and the old name."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class HookSpecs:
    """Describe every moment of a run that a hook may hear of."""

    @hookspec
    def run_started(self, folder: Path, config: dict[str, Any], steps: list[str]) -> None:
        """Hear that a run begins: its output folder, complete config and the names of its steps."""

    @hookspec
    def step_started(self, step: str) -> None:
        """Hear that a step begins; it was not found in the store."""

    @hookspec
    def step_finished(self, step: str, fingerprint: str, seconds: float, reused: bool) -> None:
        """Hear that a step's artifact stands; `reused`: it stood already."""

    @hookspec
    def progressed(self, task: str, done: int, total: int) -> None:
        """Hear that `done` of `total` units of `task` are done; the last call has done == total."""

    @hookspec
    def trained(self, step: int, total: int, values: dict[str, float]) -> None:
        """Hear the logged values (losses, penalties, controllers) of a training step."""

    @hookspec
    def inspected(self, snapshot: "TrainingSnapshot") -> None:
        """Called when a training step was logged, to look at the training as it is then.

        Neither a network nor torch's global random generator may be left changed.
        """

    @hookspec
    def warned(self, message: str) -> None:
        """Hear something a person should know that does not stop the run."""

    @hookspec
    def found(self, findings: Findings) -> None:
        """Hear what a validator found."""

    @hookspec
    def run_finished(self, record: dict[str, Any]) -> None:
        """Hear that the run ended well; `record` is what `run.json` holds."""

    @hookspec
    def run_failed(self, error: BaseException) -> None:
        """Hear that the run ended in an error or was interrupted."""


class Hook(Component):
    """Promise to listen to runs.

    Hooks only notify: they are no part of a stage's fingerprint.
    """

    kind: ClassVar[str] = "hook"

    @abstractmethod
    def subscribe(self) -> object:
        """Return a fresh object with ``@hookimpl`` methods, one for each run."""


def open_hooks(hooks: Iterable[Hook]) -> Any:
    """Return the caller through which one run tells its hooks: ``caller.warned(message=…)``.

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
                f"hook {hook.name!r} listens to something genaug does not tell: {error}"
            ) from error
    return manager.hook


def _named(name: str, subscriber: object) -> object:
    """Return the subscriber's hook methods, wrapped so that an error names the hook."""
    listener = types.SimpleNamespace()
    for attribute in dir(subscriber):
        method = getattr(subscriber, attribute)
        if hasattr(method, f"{PROJECT}_impl"):
            setattr(listener, attribute, _guarded(name, _with_new_arguments(name, method)))
    return listener


def _with_new_arguments(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that takes its arguments under their names of today."""
    signature = inspect.signature(method)
    old = {argument: _OLD_ARGUMENTS.get((method.__name__, argument)) for argument in signature.parameters}
    renamed = {new: argument for argument, new in old.items() if new is not None}
    if not renamed:
        return method
    for new, argument in renamed.items():
        warn_of(f"the argument {argument!r} of {method.__name__} (hook {name!r})", repr(new))

    @functools.wraps(method)
    def call(**arguments: Any) -> Any:
        return method(**{renamed.get(new, new): value for new, value in arguments.items()})

    parameters = [p.replace(name=old[p.name] or p.name) for p in signature.parameters.values()]
    call.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return call


def _guarded(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except GenaugError:
            raise
        except Exception as error:
            raise PluginFailed(
                f"hook {name!r} raised in {method.__name__}: {type(error).__name__}: {error}; "
                f"take it out of `hooks`, or set {DISABLED}={name}"
            ) from error

    return call
