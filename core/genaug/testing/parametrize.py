"""A pytest decorator that runs every check of every component as a separate test."""

from collections.abc import Mapping, Sequence

from genaug.components.component import Component
from genaug.testing.checks import CheckRun, checks_of
from genaug.testing.material import Material

try:
    import pytest
except ImportError as error:
    raise ImportError("parametrize_with_checks needs pytest: pip install 'genaug[test]'") from error


def parametrize_with_checks(
    components: Sequence[Component],
    expected_failures: Mapping[str, Mapping[str, str]] | None = None,
    material: Material | None = None,
    of_the_kind_alone: bool = False,
) -> pytest.MarkDecorator:
    """Parametrize a test over ``component`` and ``check``, with ids like ``top-k-keeps_reasons``.

    A check that depends on a failed one is skipped, and its message names the failed one.

    Args:
        components: the components to check, with settings that make a check quick.
        expected_failures: component name → check name → the reason why this component cannot meet
            that requirement. Each becomes a strict xfail: once the requirement is met, the test fails until
            the entry is removed.
        material: the samples that the checks use; None: chosen for each component.
        of_the_kind_alone: leave out the checks that are the same for every kind and every material:
            for components that are checked on several materials.

    Raises:
        ValueError: where an expected failure names no component or check that is run.
    """
    reasons = {name: dict(checks) for name, checks in (expected_failures or {}).items()}
    known = {component.name: {check.__name__ for check in checks_of(component)} for component in components}
    for name, checks in reasons.items():
        if name not in known:
            raise ValueError(
                f"expected_failures names {name!r}; the components are {', '.join(sorted(known))}"
            )
        for check in checks.keys() - known[name]:
            raise ValueError(
                f"expected_failures names the check {check!r} of {name!r}; its checks are "
                f"{', '.join(sorted(known[name]))}"
            )
    cases = []
    for component in components:
        expected = reasons.get(component.name, {})
        run = CheckRun(component, material, frozenset(expected))
        for name in run.names_of_the_kind if of_the_kind_alone else run.names:
            marks = [pytest.mark.xfail(reason=expected[name], strict=True)] if name in expected else []
            cases.append(
                pytest.param(component, _Case(run, name), id=f"{component.name}-{name}", marks=marks)
            )
    return pytest.mark.parametrize(("component", "check"), cases)


class _Case:
    """One check of one component."""

    def __init__(self, run: CheckRun, name: str) -> None:
        self._run, self._name = run, name

    def __call__(self, component: Component) -> None:
        if (cause := self._run.cause(self._name)) is not None:
            pytest.skip(f"{cause} failed: {self._run.error(cause)}".partition("\n")[0])
        if (error := self._run.error(self._name)) is not None:
            raise error
