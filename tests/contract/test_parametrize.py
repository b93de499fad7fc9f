"""The decorator: what a plugin author sees in their own test run."""

import subprocess
import sys
from pathlib import Path

import pytest

from genaug.testing import parametrize_with_checks
from genaug.testing.companions import FlatExtractor, LabelTask

PLUGIN_TESTS = """
from typing import ClassVar

import numpy as np

from genaug import Selector
from genaug.data import Selection
from genaug.testing import parametrize_with_checks


class FirstSelector(Selector):
    name: ClassVar[str] = "first"

    def select(self, candidates, train, context):
        kept = np.arange(len(candidates)) < 3
        return Selection(kept, np.where(kept, "", "came late"), {"place": np.arange(len(candidates))})


class LostSelector(FirstSelector):
    name: ClassVar[str] = "lost"

    def select(self, candidates, train, context):
        raise ZeroDivisionError("no way out")


@parametrize_with_checks(
    [FirstSelector(), LostSelector()],
    expected_failures={
        "first": {
            "keeps_the_same_in_any_order": "it keeps those that come first",
            "keeps_reasons": "wrong: it does keep them",
        }
    },
)
def test_contract(component, check):
    check(component)
"""


def test_a_test_run_says_what_is_kept_and_what_is_not(tmp_path: Path) -> None:
    (tmp_path / "test_plugin.py").write_text(PLUGIN_TESTS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-rxs", "-p", "no:cacheprovider", "test_plugin.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    out = done.stdout
    assert done.returncode == 1, out
    assert "test_contract[first-copes_with_no_candidates] PASSED" in out
    assert "test_contract[first-keeps_the_same_in_any_order] XFAIL" in out
    assert "it keeps those that come first" in out
    # A promise that is kept although the author says it is not fails, until the entry is taken out.
    assert "test_contract[first-keeps_reasons] FAILED" in out
    assert "[XPASS(strict)] wrong: it does keep them" in out
    # The checks' asserts explain themselves.
    assert "test_contract[first-scores_with_numbers] FAILED" in out
    assert "the score 'place' is int64, not float64" in out
    assert "where dtype('int64') = array(" in out
    # Of what depends on a failure only the first cause fails.
    assert "test_contract[lost-decides_on_each] FAILED" in out
    assert "test_contract[lost-copes_with_one_candidate] SKIPPED" in out
    assert "decides_on_each failed: must not raise when it selects among 24 candidates" in out
    assert "3 failed" in out


def test_expected_failures_must_name_a_component_that_is_checked() -> None:
    with pytest.raises(ValueError, match="names 'flatt'; the components are flat"):
        parametrize_with_checks([FlatExtractor()], {"flatt": {"is_frozen": "…"}})


def test_expected_failures_must_name_a_check_of_that_component() -> None:
    with pytest.raises(ValueError, match="names the check 'keeps_reasons' of 'label'; its checks are"):
        parametrize_with_checks([LabelTask()], {"label": {"keeps_reasons": "…"}})


def test_without_pytest_the_decorator_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "pytest.py").write_text("raise ImportError('not installed')", encoding="utf-8")
    code = (
        "import genaug.testing\n"
        "from genaug.testing.companions import FlatExtractor\n"
        "assert genaug.testing.failures(FlatExtractor()) == {}\n"
        "genaug.testing.parametrize_with_checks\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "ImportError: parametrize_with_checks needs pytest: pip install 'genaug[test]'" in done.stderr


def test_the_checks_of_every_component_can_be_left_out() -> None:
    def names(**given: bool) -> list[str]:
        cases = parametrize_with_checks([FlatExtractor()], **given).args[1]  # type: ignore[arg-type]
        return [case.id.removeprefix("flat-") for case in cases]

    assert "is_frozen" in names()
    own = names(of_the_kind_alone=True)
    assert "is_frozen" not in own
    assert own == [name for name in names() if name in own]
    assert "gives_a_row_of_features_each" in own
