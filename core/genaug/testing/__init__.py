"""The conformance kit for plugin authors: a named check for every requirement of a contract.

With pytest::

    from genaug.testing import parametrize_with_checks

    @parametrize_with_checks([MySelector(), MySelector(share=1.0)])
    def test_contract(component, check):
        check(component)

Without it, `failures(MySelector())` returns the failed checks. Each check describes its requirement,
in the modules of `genaug.testing.checks`; they run on a `Material`.
"""

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genaug.testing.checks import checks_of as checks_of
    from genaug.testing.checks import failures as failures
    from genaug.testing.material import Material as Material
    from genaug.testing.parametrize import parametrize_with_checks as parametrize_with_checks

_HOME = {
    "Material": "genaug.testing.material",
    "checks_of": "genaug.testing.checks",
    "failures": "genaug.testing.checks",
    "parametrize_with_checks": "genaug.testing.parametrize",
}

__all__ = sorted(_HOME)

if "pytest" in sys.modules:  # pytest explains only asserts of modules that it rewrites at their import
    sys.modules["pytest"].register_assert_rewrite("genaug.testing.checks")


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"genaug.testing has no {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(_HOME[name]), name)
