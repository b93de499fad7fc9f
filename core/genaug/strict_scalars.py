"""Booleans are no numbers, and numbers no booleans: `steps: true` and `compile: 1` are mistakes."""

from collections.abc import Mapping
from typing import Any, cast

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

_NOT_SCHEMAS = {"default", "metadata", "serialization", "expected"}
"""Keys of a schema whose values are no schemas."""


def strict_scalars(schema: CoreSchema) -> CoreSchema:
    """Return a schema whose numbers refuse booleans and whose booleans refuse everything else.

    Otherwise pydantic reads true as 1, and 1, "yes" and "on" as true.
    """
    return cast(CoreSchema, _strict(schema))


def _strict(schema: Any) -> Any:
    if isinstance(schema, list | tuple):
        return type(schema)(_strict(one) for one in schema)
    if not isinstance(schema, Mapping):
        return schema
    kind = schema.get("type")
    if kind == "bool":
        return {**schema, "strict": True}
    whole = kind == "literal" and {type(one) for one in schema["expected"]} & {int, bool} == {int}
    if kind in ("int", "float") or whole:
        return core_schema.no_info_before_validator_function(no_boolean, cast(CoreSchema, schema))
    if schema.get("function", {}) == {"type": "no-info", "function": no_boolean}:
        return schema  # of a model inside of this one, which is done
    return {key: one if key in _NOT_SCHEMAS else _strict(one) for key, one in schema.items()}


def no_boolean(value: Any) -> Any:
    """Return a value that is no boolean.

    Raises:
        PydanticCustomError: for true and false.
    """
    if isinstance(value, bool):
        raise PydanticCustomError("boolean_for_number", "expected a number, not true or false")
    return value
