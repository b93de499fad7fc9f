"""Descriptions of the settings of components."""

import json
from typing import Any, NamedTuple

from pydantic import BaseModel

from genaug.components.references import KIND_KEY
from genaug.descriptions import descriptions

_BOUNDS = (
    ("minimum", "≥ {}"),
    ("exclusiveMinimum", "> {}"),
    ("maximum", "≤ {}"),
    ("exclusiveMaximum", "< {}"),
    ("multipleOf", "a multiple of {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("pattern", "like {}"),
    ("minItems", "at least {}"),
    ("maxItems", "at most {}"),
)
_WORDS = {"object": "mapping", "string": "text", "boolean": "true or false"}


class Setting(NamedTuple):
    """A setting of a component.

    Attributes:
        name: as in a config.
        type: its type and bounds, in words.
        required, default: whether it must be given, and its value otherwise.
        description: its meaning.
    """

    name: str
    type: str
    required: bool
    default: Any
    description: str


def settings(model: type[BaseModel]) -> list[Setting]:
    """Return the settings of a component, or of another part of a config, in order."""
    schema = model.model_json_schema()
    required, described = schema.get("required", []), descriptions(model)
    return [
        Setting(
            name,
            _type(found, schema.get("$defs", {})),
            name in required,
            found.get("default"),
            described[name],
        )
        for name, found in schema.get("properties", {}).items()
    ]


def _type(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    """Describe what a JSON schema allows."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if KIND_KEY in schema:
        return f"{schema[KIND_KEY]} ({{use: NAME, …}})"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(branch, definitions) for branch in schema["anyOf"]))
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if values:
        return " | ".join(json.dumps(value, ensure_ascii=False).strip('"') for value in values)
    bounds = [text.format(schema[key]) for key, text in _BOUNDS if key in schema]
    if "prefixItems" in schema:
        return f"list of {', '.join(_type(item, definitions) for item in schema['prefixItems'])}"
    if schema.get("type") == "array":
        return ", ".join([f"list of {_type(schema.get('items', {}), definitions)}", *bounds])
    kind = schema.get("format") or schema.get("type", "any value")
    return " ".join([_WORDS.get(kind, kind), ", ".join(bounds)]).rstrip()
