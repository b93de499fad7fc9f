"""Dependencies between checks: one mistake fails one check, and checks that depend on it are skipped."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

Check = Callable[..., None]
_Check = TypeVar("_Check", bound=Check)

_REQUIRED = "_genaug_required"
_FOUNDATION = "_genaug_foundation"

FIRST = "is_of_its_kind"
"""The check on which every check of a kind depends."""


def depends_on(*names: str) -> Callable[[_Check], _Check]:
    """Declare that a check is skipped where one of these checks of the same component fails."""

    def marked(check: _Check) -> _Check:
        setattr(check, _REQUIRED, names)
        return check

    return marked


def foundation(check: _Check) -> _Check:
    """Declare that all other checks of the kind depend on this one, except its own dependencies."""
    setattr(check, _FOUNDATION, True)
    return check


def requirements(checks: Iterable[Check]) -> Mapping[str, tuple[str, ...]]:
    """Return the names of the checks that each check depends on, by its name.

    Args:
        checks: of one component: those of every component, then those of its kind.

    Raises:
        ValueError: where a check depends on one that does not exist.
    """
    every: list[Any] = list(checks)
    names = {check.__name__ for check in every}
    found: dict[str, tuple[str, ...]] = {}
    foundations: list[str] = []
    for check in every:
        own: tuple[str, ...] = getattr(check, _REQUIRED, ())
        if missing := [name for name in own if name not in names]:
            raise ValueError(f"the check {check.__name__} depends on {missing[0]}, which is not a check")
        of_a_kind = check.__module__ != every[0].__module__
        found[check.__name__] = (*([FIRST] if of_a_kind else []), *foundations, *own)
        if getattr(check, _FOUNDATION, False):
            foundations.append(check.__name__)
    return found
