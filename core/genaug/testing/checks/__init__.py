"""What every plugin promises, one named check a promise, one module a kind.

A check takes the component and a `Material`, and raises AssertionError where the promise is broken.
"""

import importlib
import inspect
from collections.abc import Callable

from genaug.components.component import Component
from genaug.testing.material import Material

Check = Callable[..., None]


def checks_of(component: Component) -> list[Check]:
    """Return the checks of a component: those of every component, then those of its kind."""
    modules = [importlib.import_module(f"{__name__}.{part}") for part in ("component", component.kind)]
    return [
        member
        for module in modules
        for name, member in vars(module).items()
        if inspect.isfunction(member) and member.__module__ == module.__name__ and not name.startswith("_")
    ]


def failures(component: Component, material: Material | None = None) -> dict[str, Exception]:
    """Run every check; return what was raised, by the check's name. Empty: all promises are kept.

    Args:
        component: what is checked, at settings that make a check quick.
        material: the samples to work on; None: what suits the component.
    """
    found: dict[str, Exception] = {}
    for check in checks_of(component):
        try:
            check(component, material or Material.suited_to(component))
        except Exception as error:
            found[check.__name__] = error
    return found
