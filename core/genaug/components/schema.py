"""The JSON schema of configs with all installed components, for completion and checks in editors."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from genaug.components.component import Component
from genaug.components.discovery import Entry, group
from genaug.components.kinds import KINDS
from genaug.components.references import KIND_KEY
from genaug.components.registry import Registry
from genaug.errors import PluginError

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def schema(config: type[BaseModel], registry: Registry) -> tuple[Schema, list[tuple[Entry, PluginError]]]:
    """Return the JSON schema of a config (`Pipeline`), and the plugins that are left out with the reason.

    Every component is imported. A reference becomes the choice of all components of its kind, which is
    defined in ``$defs`` as ``genaug.selectors``; each component is defined as ``genaug.selectors.top-k``.
    """
    definitions: Schema = {}
    broken = []
    for kind in KINDS:
        offered = []
        for entry in registry.entries(kind):
            try:
                component = registry.get(kind, entry.full_name)
            except PluginError as error:
                broken.append((entry, error))
                continue
            names = list(dict.fromkeys([registry.name_of(entry), entry.full_name]))
            key = f"{group(kind)}.{names[0]}"
            definitions[key] = _component(component, names, key, definitions)
            offered.append({"$ref": f"#/$defs/{key}"})
        definitions[group(kind)] = (
            {"type": "object", "required": ["use"], "anyOf": offered}
            if offered
            else {"not": {}, "description": f"No {kind} is installed."}
        )
    whole = _hoisted(config.model_json_schema(ref_template="#/$defs/{model}"), "", definitions)
    about = {"$schema": DIALECT, "title": "genaug config"}
    resolved: Schema = _with_references({**whole, **about, "$defs": dict(sorted(definitions.items()))})
    return resolved, broken


def _component(component: type[Component], names: Sequence[str], key: str, definitions: Schema) -> Schema:
    """Return the schema of one component in a config: its settings and its name."""
    found = component.model_json_schema(ref_template=f"#/$defs/{key}.{{model}}")
    found = _hoisted(found, f"{key}.", definitions)
    use: Schema = {"const": names[0]}
    if names[1:]:  # a pattern, so that editors offer the short name alone
        full = names[1].replace(".", r"\.")
        use = {"anyOf": [use, {"type": "string", "pattern": f"^{full}$"}]}
    about = (component.__doc__ or "").strip()
    return {
        **found,
        "title": names[0],
        "description": about,
        "properties": {
            "use": {**use, "description": about.partition("\n")[0]},
            **found.get("properties", {}),
        },
        "required": ["use", *found.get("required", [])],
    }


def _hoisted(found: Schema, prefix: str, definitions: Schema) -> Schema:
    """Return a schema without its own ``$defs``, which move to those of the whole."""
    for name, definition in found.pop("$defs", {}).items():
        definitions[prefix + name] = definition
    return found


def _with_references(node: Any) -> Any:
    """Replace each reference by the choice of its kind's components."""
    if isinstance(node, list):
        return [_with_references(item) for item in node]
    if not isinstance(node, dict):
        return node
    if KIND_KEY in node:
        about = {key: value for key, value in node.items() if key not in (KIND_KEY, "type", "required")}
        return {**about, "$ref": f"#/$defs/{group(node[KIND_KEY])}"}
    return {key: _with_references(value) for key, value in node.items()}
