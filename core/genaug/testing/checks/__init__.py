"""The checks of the contracts, one for each requirement; one module, or package, for each kind.

A check takes the component and a `Material`, and raises AssertionError where the requirement is not
met. Checks depend on one another: where a generator cannot be fitted, one check fails for this reason,
and those that need a fit are skipped.
"""

import importlib
import inspect
from types import ModuleType

from genaug.components.component import Component
from genaug.testing.dependencies import Check, requirements
from genaug.testing.material import Material


def checks_of(component: Component) -> list[Check]:
    """Return the checks of a component: those of every component, then those of its kind."""
    return [
        member
        for module in (*modules_of("component"), *modules_of(component.kind))
        for name, member in vars(module).items()
        if inspect.isfunction(member) and member.__module__ == module.__name__ and not name.startswith("_")
    ]


def modules_of(part: str) -> tuple[ModuleType, ...]:
    """Return the modules with the checks of every component (``component``), or of a kind."""
    module = importlib.import_module(f"{__name__}.{part}")
    modules: tuple[ModuleType, ...] = getattr(module, "MODULES", (module,))
    return modules


class CheckRun:
    """The checks of one component; each is run at most once, on demand.

    Args:
        component: the component to check, with settings that make a check quick.
        material: the samples to use; None: chosen for the component.
        expected: names of checks that are known to fail; those that depend on them are run.
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
        modules = {module.__name__ for module in modules_of(self._component.kind)}
        return tuple(name for name, check in self._checks.items() if check.__module__ in modules)

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
        component: the component to check, with settings that make a check quick.
        material: the samples to use; None: chosen for the component.
    """
    run = CheckRun(component, material)
    errors = {name: run.error(name) for name in run.names if run.cause(name) is None}
    return {name: error for name, error in errors.items() if error is not None}
