"""A mapping in settings that nobody can change."""

import pickle

import pytest
from pydantic import ValidationError

from genaug.components.frozen_dict import FrozenDict
from genaug.settings import Settings


class Named(Settings):
    names: FrozenDict[str, tuple[str, ...]] = FrozenDict()


def test_it_reads_and_writes_a_plain_mapping() -> None:
    named = Named(names={"a": ["x", "y"]})  # type: ignore[arg-type]
    assert named.names == {"a": ("x", "y")}
    assert named.model_dump() == {"names": {"a": ("x", "y")}}
    assert Named.model_validate(named.model_dump()) == named
    assert Named.model_validate_json(named.model_dump_json()) == named
    assert pickle.loads(pickle.dumps(named)) == named
    assert hash(named) == hash(Named(names=FrozenDict({"a": ("x", "y")})))
    assert Named.model_json_schema()["properties"]["names"]["type"] == "object"
    assert repr(named.names) == "{'a': ('x', 'y')}"


def test_it_cannot_be_changed_and_refuses_other_values() -> None:
    given = {"a": ("x",)}
    named = Named(names=given)  # type: ignore[arg-type]
    given["b"] = ("y",)
    assert list(named.names) == ["a"]
    with pytest.raises(TypeError, match="does not support item assignment"):
        named.names["a"] = ("z",)  # type: ignore[index]
    with pytest.raises(ValidationError, match="valid tuple"):
        Named(names={"a": 1})  # type: ignore[arg-type]
