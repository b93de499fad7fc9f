"""Errors of components that fail inside other components."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from genaug.components.component import Component
from genaug.components.identity import described, parts
from genaug.components.machine_faults import machine_fault
from genaug.errors import GenaugError, PluginFailed


@contextmanager
def blaming(component: Component) -> Iterator[None]:
    """Turn exceptions of a component into an error that names it and its distribution.

    Where the code of a component that it refers to (a generator's regularizer) raises, that component is
    named. Code in modules of no component counts as the component's own.

    Raises:
        PluginFailed: for any exception that is not a `GenaugError`; the cause is chained.
        StoreError: where the exception reports a fault of the machine, such as a full disk.
    """
    try:
        yield
    except GenaugError:
        raise
    except Exception as error:  # whatever a third party's code raises
        if fault := machine_fault(error):
            raise fault from error
        by_module: dict[str, Component] = {}
        for part in parts(component):
            by_module.setdefault(type(part).__module__, part)
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        modules = [frame.f_globals.get("__name__", "") for frame in frames]
        culprit = next((by_module[name] for name in reversed(modules) if name in by_module), component)
        raise failed(culprit, f"failed: {type(error).__name__}: {error}") from error


def failed(component: Component, what: str) -> PluginFailed:
    """Return the error that a component returned something wrong: ``the regularizer 'x' of y 1.0 …``."""
    return PluginFailed(f"the {described(component)} {what}")
