"""Names of the previous release: each works for one release, with a warning that gives the new name."""

import importlib
import warnings
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from genaug.errors import RenamedWarning

T = TypeVar("T")


def warn_of(old: str, new: str) -> None:
    """Warn the author of a plugin that `old` has become `new`."""
    warnings.warn(
        f"{old} is now called {new}; the old name works in this release only",
        RenamedWarning,
        stacklevel=3,
    )


def accept_old_methods(cls: type, names: Mapping[str, str]) -> None:
    """Accept methods of a contract's subclass under their old names.

    Args:
        cls: the subclass, as ``__init_subclass__`` is given it.
        names: new name by old name.
    """
    own = vars(cls)
    for old, new in names.items():
        if old in own and new not in own:
            warn_of(f"{cls.__module__}.{cls.__qualname__}.{old}", new)
            setattr(cls, new, own[old])


def accept_old_fields(names: Mapping[str, str]) -> Callable[[type[T]], type[T]]:
    """Decorate a dataclass: its fields can be given by keyword, and read, under their old names.

    Args:
        names: new name by old name.
    """

    def decorate(cls: type[T]) -> type[T]:
        initialise = cls.__init__

        @wraps(initialise)
        def init(self: T, *args: Any, **kwargs: Any) -> None:
            for old, new in names.items():
                if old in kwargs:
                    warn_of(f"{cls.__name__}({old}=…)", f"{new}=…")
                    kwargs[new] = kwargs.pop(old)  # dataclasses.replace gives both: the old one is changed
            initialise(self, *args, **kwargs)

        setattr(cls, "__init__", init)  # noqa: B010  # mypy refuses an assignment
        for old, new in names.items():
            setattr(cls, old, property(_reader(f"{cls.__name__}.{old}", new)))
        return cls

    return decorate


def _reader(old: str, new: str) -> Callable[[Any], Any]:
    def read(holder: Any) -> Any:
        warn_of(old, new)
        return getattr(holder, new)

    return read


def import_old_name(module: str, name: str, homes: Mapping[str, str]) -> Any:
    """Return the object behind an old name of a module; for a module's ``__getattr__``.

    Args:
        module: name of the module.
        name: the requested name.
        homes: new place as ``module:name``, by old name.

    Raises:
        AttributeError: where the name is not an old one.
    """
    if name not in homes:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    home, _, new = homes[name].partition(":")
    warn_of(f"{module}.{name}", f"{home}.{new}")
    return getattr(importlib.import_module(home), new)
