"""The checks of the contracts, one for each requirement, one module for each kind.

A check takes the component and a `Material`, and raises AssertionError where the requirement is not
met. Checks depend on one another: where a generator cannot be fitted, only the check that says so
fails, and those that would need a fit are skipped.
"""

import importlib
import inspect

from genaug.components.component import Component
from genaug.testing.dependencies import Check, requirements
from genaug.testing.material import Material


def checks_of(component: Component) -> list[Check]:
    """Return the checks of a component: those of every component, then those of its kind."""
    modules = [importlib.import_module(f"{__name__}.{part}") for part in ("component", component.kind)]
    return [
        member
        for module in modules
        for name, member in vars(module).items()
        if inspect.isfunction(member) and member.__module__ == module.__name__ and not name.startswith("_")
    ]


class CheckRun:
    """The checks of one component, each run at most once, when it is asked for.

    Args:
        component: what is checked, at settings that make a check quick.
        material: the samples to use; None: chosen for the component.
        expected: names of checks that are known to fail; those that depend on them run all the same.
    """

    def __init__(
        self,
        component: Component,
        material: Material | None = None,
        expected: frozenset[str] = frozenset(),
    ) -> None:
        self._component, self._material, self._expected = component, material, expected
        self._checks = {check.__name__: check for check in checks_of(component)}
        self._requirements = requirements(self._checks.values())
        self._errors: dict[str, Exception | None] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the checks, in their order."""
        return tuple(self._checks)

    @property
    def names_of_the_kind(self) -> tuple[str, ...]:
        """Return the names of the checks of the component's kind, without those of every component."""
        module = f"{__name__}.{self._component.kind}"
        return tuple(name for name, check in self._checks.items() if check.__module__ == module)

    def error(self, name: str) -> Exception | None:
        """Run a check; return what it raised, None where the component passes."""
        if name not in self._errors:
            self._material = self._material or Material.suited_to(self._component)
            self._errors[name] = None
            try:
                self._checks[name](self._component, self._material)
            except Exception as error:
                self._errors[name] = error
        return self._errors[name]

    def cause(self, name: str) -> str | None:
        """Return the failed check because of which this one is skipped; None where it can be run."""
        for required in self._requirements[name]:
            if required in self._expected:
                continue
            first = self.cause(required)
            if first is None and self.error(required) is not None:
                first = required
            if first is not None:
                return first
        return None


def failures(component: Component, material: Material | None = None) -> dict[str, Exception]:
    """Run every check; return what was raised, by the check's name. Empty: all requirements are met.

    A check that depends on one that failed is left out: it would fail for the same reason.

    Args:
        component: what is checked, at settings that make a check quick.
        material: the samples to use; None: chosen for the component.
    """
    run = CheckRun(component, material)
    errors = {name: run.error(name) for name in run.names if run.cause(name) is None}
    return {name: error for name, error in errors.items() if error is not None}
