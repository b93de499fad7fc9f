"""`{use: name, …}` in a config and a component in Python are the same thing in a field."""

import sys
import types
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, Field, ValidationError

from genaug import Selector, Strategy, Use
from genaug.components.discovery import Entry
from genaug.components.references import KIND_KEY
from genaug.components.registry import Registry


class OneStrategy(Strategy):
    name: ClassVar[str] = "one"

    def requests(self, train: Any, sampler: Any, rng: Any, context: Any) -> Any:
        raise NotImplementedError


class JudgedSelector(Selector):
    name: ClassVar[str] = "judged"

    judge: Use[Strategy] = Field(default={"use": "one"}, validate_default=True)  # type: ignore[assignment]
    then: Use[Selector] | None = None
    k: int = Field(default=1, ge=1)

    def select(self, candidates: Any, train: Any, context: Any) -> Any:
        raise NotImplementedError


class Chain(BaseModel):
    selectors: tuple[Use[Selector], ...] = ()


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    module = types.ModuleType("references_test_plugins")
    vars(module).update(JudgedSelector=JudgedSelector, OneStrategy=OneStrategy)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return Registry(
        [
            Entry("selector", "judged", "references_test_plugins:JudgedSelector", "references-tests", "1"),
            Entry("strategy", "one", "references_test_plugins:OneStrategy", "references-tests", "1"),
        ]
    )


def chain(registry: Registry, *selectors: Any) -> Chain:
    return Chain.model_validate({"selectors": selectors}, context={"registry": registry})


def error(registry: Registry, *selectors: Any) -> dict[str, Any]:
    with pytest.raises(ValidationError) as caught:
        chain(registry, *selectors)
    (found,) = caught.value.errors(include_url=False)
    return dict(found)


def test_a_mapping_becomes_the_component(registry: Registry) -> None:
    (made,) = chain(registry, {"use": "judged", "k": 2, "then": {"use": "judged"}}).selectors
    assert isinstance(made, JudgedSelector)
    assert isinstance(made.judge, OneStrategy)
    assert isinstance(made.then, JudgedSelector)
    assert made.then.then is None


def test_a_component_is_taken_as_it_is(registry: Registry) -> None:
    strategy = OneStrategy()
    given = JudgedSelector(judge=strategy, k=3)
    (made,) = chain(registry, given).selectors
    assert made is given
    assert given.judge is strategy


def test_what_is_dumped_is_read_back_the_same(registry: Registry) -> None:
    whole = chain(registry, {"use": "judged", "then": {"use": "references-tests:judged", "k": 4}})
    dumped = whole.model_dump(mode="json")
    assert dumped == {
        "selectors": [
            {
                "use": "judged",
                "judge": {"use": "one"},
                "then": {"use": "references-tests:judged", "judge": {"use": "one"}, "then": None, "k": 4},
                "k": 1,
            }
        ]
    }
    assert chain(registry, *dumped["selectors"]) == whole


@pytest.mark.parametrize("value", ["judged", 3, None, [], {}, {"k": 1}, {"use": 3}, OneStrategy()])
def test_anything_else_is_refused(registry: Registry, value: Any) -> None:
    found = error(registry, value)
    assert found["type"] == "reference"
    assert found["msg"] == "expected a mapping that names the selector, like use: NAME"
    assert found["loc"] == ("selectors", 0)


def test_the_registrys_refusal_is_the_message(registry: Registry) -> None:
    found = error(registry, {"use": "jugded{k}"})
    assert found["type"] == "plugin"
    assert found["msg"].startswith("there is no selector 'jugded{k}'.")
    assert found["msg"].endswith("Installed: judged")


def test_a_wrong_setting_deep_inside_has_its_place(registry: Registry) -> None:
    found = error(registry, {"use": "judged"}, {"use": "judged", "then": {"use": "judged", "k": 0}})
    assert found["loc"] == ("selectors", 1, "then", "k")
    assert found["input"] == 0


def test_the_json_schema_marks_the_kind() -> None:
    schema = JudgedSelector.model_json_schema()
    assert schema["properties"]["judge"][KIND_KEY] == "strategy"
    assert {branch.get(KIND_KEY) for branch in schema["properties"]["then"]["anyOf"]} == {"selector", None}


def test_the_mapping_given_is_not_changed(registry: Registry) -> None:
    given = {"use": "judged", "then": {"use": "judged"}}
    chain(registry, given)
    assert given == {"use": "judged", "then": {"use": "judged"}}
