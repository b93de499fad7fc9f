"""The JSON schema accepts what genaug accepts, and refuses what it refuses."""

import copy
import json
from typing import Any

import jsonschema
import pytest

from genaug import Pipeline
from genaug.components.discovery import Entry, group
from genaug.components.kinds import KINDS
from genaug.components.references import KIND_KEY
from genaug.components.registry import Registry
from genaug.components.schema import DIALECT, schema
from genaug.config import yaml_text

EXAMPLE, _ = yaml_text.parse(
    """
seed: 0
source:    {use: sklearn-digits}
split:     {train_per_class: 10, validation_per_class: 20}
generator:
  use: gan
  architecture: {use: dcgan, width: 32}
  steps: 1500
  regularizers:
    - {use: scaling, law: diffusion}
    - {use: variance, reading: noise, weight: 0.1}
    - {use: ms3d, scales: 2, weight: 1.0}
strategy:  {use: class-balance, per_class: 100}
selectors:
  - {use: top-k, k: 1}
  - {use: realism, at_least: 1.0}
  - {use: cluster, clusters: 10, per_cluster: 3}
task:      {use: classification, model: {use: small-cnn}}
validators:
  - {use: downstream, seeds: 5}
  - {use: fidelity}
  - {use: memorization}
exporters:
  - {use: image-folder}
  - {use: html-report}
""",
    "example",
)


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    found, broken = schema(Pipeline, Registry.installed())
    assert broken == []
    return found


@pytest.fixture(scope="module")
def validator(whole: dict[str, Any]) -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(whole)
    return jsonschema.Draft202012Validator(whole)


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    config = copy.deepcopy(EXAMPLE)
    holder = config
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = to
    return config


def test_it_says_its_dialect_and_is_plain_json(whole: dict[str, Any]) -> None:
    assert whole["$schema"] == DIALECT
    assert json.loads(json.dumps(whole)) == whole
    assert KIND_KEY not in json.dumps(whole)


def test_every_reference_leads_somewhere(whole: dict[str, Any]) -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [found for value in node.values() for found in references(value)]
        return [found for item in node for found in references(item)] if isinstance(node, list) else []

    for reference in references(whole):
        assert reference.removeprefix("#/$defs/") in whole["$defs"], reference


def test_every_component_can_be_chosen(whole: dict[str, Any]) -> None:
    registry = Registry.installed()
    for kind in KINDS:
        offered = {branch["$ref"] for branch in whole["$defs"][group(kind)]["anyOf"]}
        assert offered == {f"#/$defs/{group(kind)}.{entry.name}" for entry in registry.entries(kind)}


def test_every_setting_is_described(whole: dict[str, Any]) -> None:
    for key, definition in whole["$defs"].items():
        for name, setting in definition.get("properties", {}).items():
            assert setting.get("description"), f"{key}: {name}"


def test_the_example_is_accepted(validator: jsonschema.Draft202012Validator) -> None:
    validator.validate(EXAMPLE)
    validator.validate(changed("selectors", 0, to={"use": "genaug:top-k"}))


@pytest.mark.parametrize(
    "wrong",
    [
        changed("source", to={"use": "sklearn-digit"}),
        changed("source", to="sklearn-digits"),
        changed("source", to={"use": "top-k"}),
        changed("generator", "steps", to=0),
        changed("generator", "stpes", to=1),
        changed("generator", "regularizers", 0, to={"use": "realism"}),
        changed("generator", "architecture", "width", to="wide"),
        changed("selectors", to={"use": "top-k"}),
        changed("selectors", 1, to={"at_least": 1.0}),
        changed("selectros", to=[]),
        changed("split", "train_per_class", to=0),
        {key: value for key, value in EXAMPLE.items() if key != "generator"},
        changed("source", to={"use": "image-folder"}),  # lacks its path
    ],
)
def test_what_is_wrong_is_refused(validator: jsonschema.Draft202012Validator, wrong: dict[str, Any]) -> None:
    assert not validator.is_valid(wrong)


def test_a_broken_plugin_is_left_out_and_told() -> None:
    registry = Registry.installed()
    entries = [entry for kind in KINDS for entry in registry.entries(kind)]
    broken = Entry("selector", "broken", "no_such_module:Nothing", "elsewhere", "1")
    found, left_out = schema(Pipeline, Registry([*entries, broken]))
    assert [entry for entry, _ in left_out] == [broken]
    assert "no_such_module" in str(left_out[0][1])
    assert f"{group('selector')}.broken" not in found["$defs"]


def test_a_name_that_a_built_in_has_is_offered_in_full_only() -> None:
    registry = Registry.installed()
    entries = [entry for kind in KINDS for entry in registry.entries(kind)]
    target = registry.find("selector", "random").target
    found, _ = schema(Pipeline, Registry([*entries, Entry("selector", "random", target, "elsewhere", "1")]))
    keys = {key for key in found["$defs"] if key.endswith("random")}
    assert keys == {"genaug.selectors.random", "genaug.selectors.elsewhere:random"}


def test_a_kind_of_which_nothing_is_installed_accepts_nothing() -> None:
    found, _ = schema(Pipeline, Registry([]))
    assert not jsonschema.Draft202012Validator(found).is_valid(EXAMPLE)
    assert "No selector is installed." in json.dumps(found)
