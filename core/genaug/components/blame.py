"""Errors of components that fail inside other components."""

from collections.abc import Iterator
from contextlib import contextmanager

from genaug.components.component import Component
from genaug.components.identity import described
from genaug.errors import GenaugError, PluginFailed


@contextmanager
def blaming(component: Component) -> Iterator[None]:
    """Turn exceptions of a component into an error that names it, wherever its code is.

    Raises:
        PluginFailed: for any exception that is not a `GenaugError`; the cause is chained.
    """
    try:
        yield
    except GenaugError:
        raise
    except Exception as error:  # whatever a third party's code raises
        raise PluginFailed(f"the {described(component)} failed: {type(error).__name__}: {error}") from error


def failed(component: Component, what: str) -> PluginFailed:
    """Return the error that a component returned something wrong: ``the regularizer 'x' of y 1.0 …``."""
    return PluginFailed(f"the {described(component)} {what}")
