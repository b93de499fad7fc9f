"""Settings: finite floats, and old names that still work and say what they are called now."""

import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import Field, ValidationError
from typer.testing import CliRunner

from genaug import Pipeline, Selector, Use, config
from genaug.cli import app
from genaug.components.discovery import Entry
from genaug.components.registry import Registry
from genaug.data.split import Split
from genaug.errors import ConfigError, RenamedWarning
from genaug.settings import Settings


class CappedSelector(Selector):
    """A selector that keeps few candidates of each class."""

    name: ClassVar[str] = "capped"
    renamed_settings: ClassVar[Mapping[str, str]] = {"per_class": "max_per_class"}

    max_per_class: int | None = Field(default=None, ge=0)
    """At most so many of each class."""
    weight: float = 1.0
    """A factor."""

    def select(self, candidates: Any, train: Any, context: Any) -> Any:
        raise NotImplementedError


class StrictCappedSelector(CappedSelector):
    """A selector that keeps few candidates of each class, or none."""

    name: ClassVar[str] = "strict"
    renamed_settings: ClassVar[Mapping[str, str]] = {"mode": "if_short"}
    renamed_values: ClassVar[Mapping[str, Mapping[str, str]]] = {"if_short": {"stop": "error"}}

    if_short: str = "warn"
    """What happens where there are too few."""


class Chain(Settings):
    """A chain of selectors."""

    selectors: tuple[Use[Selector] | None, ...] = ()
    """The selectors."""


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    module = types.ModuleType("settings_test_plugins")
    vars(module).update(CappedSelector=CappedSelector, StrictCappedSelector=StrictCappedSelector)
    monkeypatch.setitem(sys.modules, module.__name__, module)

    def entry(kind: str, name: str, target: str) -> Entry:
        return Entry(kind, name, f"settings_test_plugins:{target}", "settings-tests", "1")

    return Registry(
        [entry("selector", "capped", "CappedSelector"), entry("selector", "strict", "StrictCappedSelector")],
        [entry("genaug.renamed", "selectors.quota", "CappedSelector")],
    )


@pytest.fixture
def read(tmp_path: Path, registry: Registry) -> Callable[[str], Chain]:
    def validated(text: str) -> Chain:
        path = tmp_path / "a.yaml"
        path.write_text(text, encoding="utf-8")
        return config.validated(Chain, config.read(path), registry)

    return validated


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_settings_must_be_finite(value: float) -> None:
    with pytest.raises(ValidationError, match="finite"):
        CappedSelector(weight=value)
    with pytest.raises(ValidationError, match="finite"):
        Split(train_share=value)


def test_an_infinite_setting_in_a_file_is_reported_with_its_line(read: Callable[[str], Chain]) -> None:
    with pytest.raises(ConfigError, match=r"a\.yaml:3: selectors\[0\]\.weight: expected a finite"):
        read("selectors:\n  - use: capped\n    weight: .inf\n")


def test_an_old_setting_is_translated_with_a_warning() -> None:
    with pytest.warns(RenamedWarning, match="'per_class' is now called 'max_per_class'"):
        made = CappedSelector.model_validate({"per_class": 3})
    assert made == CappedSelector(max_per_class=3)
    with pytest.warns(RenamedWarning) as said:
        strict = StrictCappedSelector.model_validate({"per_class": 3, "mode": "stop"})
    assert strict == StrictCappedSelector(max_per_class=3, if_short="error")
    assert [str(one.message).partition(";")[0] for one in said] == [
        "'per_class' is now called 'max_per_class'",
        "'mode' is now called 'if_short'",
        "the value 'stop' of 'if_short' is now called 'error'",
    ]


def test_the_old_and_the_new_name_together_are_refused() -> None:
    with pytest.raises(ValidationError, match="'per_class' is the old name of 'max_per_class': give 'max"):
        CappedSelector.model_validate({"per_class": 3, "max_per_class": 4})


def test_a_config_says_where_each_old_name_is(read: Callable[[str], Chain]) -> None:
    with pytest.warns(RenamedWarning) as said:
        chain = read("selectors:\n  - use: strict\n    per_class: 2\n  - use: quota\n    per_class: 3\n")
    assert [type(one).__name__ for one in chain.selectors] == ["StrictCappedSelector", "CappedSelector"]
    assert [one and one.model_dump()["use"] for one in chain.selectors] == ["strict", "capped"]
    assert sorted(str(one.message).rpartition("/")[2] for one in said) == [
        "a.yaml:3: selectors[0]: 'per_class' is now called 'max_per_class'; the old name works in this "
        "release only",
        "a.yaml:4: selectors[1]: the selector 'quota' is now called 'capped'; the old name works in this "
        "release only",
        "a.yaml:5: selectors[1]: 'per_class' is now called 'max_per_class'; the old name works in this "
        "release only",
    ]


def test_a_wrong_value_under_an_old_name_is_reported_at_its_line(read: Callable[[str], Chain]) -> None:
    with pytest.warns(RenamedWarning), pytest.raises(ConfigError) as caught:
        read("selectors:\n  - use: capped\n    weight: 1\n    per_class: -2\n")
    assert "a.yaml:4: selectors[0].max_per_class: " in str(caught.value)


def test_the_command_line_prints_old_names_in_one_line_each(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("if_class_empty: stop\nsource: {use: no-such-source}\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["check", str(path)])
    assert result.exit_code == 2
    assert result.stderr.startswith(
        f"warning: {path}:1: the value 'stop' of 'if_class_empty' is now called 'error'; the old name "
        "works in this release only\nerror: "
    )


def test_pipelines_take_the_old_words(tmp_path: Path) -> None:
    given = {
        "if_class_empty": "stop",
        "source": {"use": "sklearn-digits"},
        "generator": {"use": "gaussian"},
        "strategy": {"use": "class-balance", "add": 1},
        "extractor": {"use": "pixels"},
    }
    with pytest.warns(RenamedWarning, match="'stop' of 'if_class_empty' is now called 'error'"):
        assert Pipeline.model_validate(given).if_class_empty == "error"
