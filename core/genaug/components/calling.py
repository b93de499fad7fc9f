"""Calls of plugins' methods, which may take fewer arguments than the engine passes."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def call_with_known(method: Callable[..., T], *arguments: Any) -> T:
    """Call a method with as many of the arguments as it takes, from the first one on.

    So a plugin that was written before a contract's method got one more argument keeps working.
    """
    parameters = inspect.signature(method).parameters.values()
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return method(*arguments)
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return method(*arguments[: sum(parameter.kind in positional for parameter in parameters)])
