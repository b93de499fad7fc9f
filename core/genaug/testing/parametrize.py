"""A pytest decorator that runs every check of every component as a test of its own."""

import functools
from collections.abc import Mapping, Sequence

from genaug.components.component import Component
from genaug.testing.checks import checks_of
from genaug.testing.material import Material

try:
    import pytest
except ImportError as error:
    raise ImportError("parametrize_with_checks needs pytest: pip install 'genaug[test]'") from error


def parametrize_with_checks(
    components: Sequence[Component],
    expected_failures: Mapping[str, Mapping[str, str]] | None = None,
    material: Material | None = None,
) -> pytest.MarkDecorator:
    """Parametrize a test over ``component`` and ``check``, with ids like ``top-k-keeps_reasons``.

    Args:
        components: what is checked, at settings that make a check quick.
        expected_failures: component name → check name → the reason why this component cannot
            keep that promise. Each becomes a strict xfail: once it is kept, the test fails
            until the entry is taken out.
        material: the samples that the checks work on; None: what suits each component.

    Raises:
        ValueError: where an expected failure names no component or check that is run.
    """
    reasons = {name: dict(checks) for name, checks in (expected_failures or {}).items()}
    cases = []
    for component in components:
        suited = material or Material.suited_to(component)
        for check in checks_of(component):
            reason = reasons.get(component.name, {}).get(check.__name__)
            cases.append(
                pytest.param(
                    component,
                    functools.partial(check, material=suited),
                    id=f"{component.name}-{check.__name__}",
                    marks=[pytest.mark.xfail(reason=reason, strict=True)] if reason else [],
                )
            )
    _refuse_strays(reasons, components)
    return pytest.mark.parametrize(("component", "check"), cases)


def _refuse_strays(reasons: Mapping[str, Mapping[str, str]], components: Sequence[Component]) -> None:
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
