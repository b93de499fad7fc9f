"""Write docs/reference.md from the components' own schemas: `make docs`."""

import inspect
import json
from pathlib import Path
from typing import Any

from genaug import Pipeline, Registry
from genaug.component import Component
from genaug.contracts import KINDS
from genaug.discovery import group
from genaug.references import KIND_KEY

PAGE = Path(__file__).with_name("reference.md")

HEAD = """# Reference

Every setting of every built-in, written by `make docs` from the components themselves; do not edit
it by hand. `genaug plugins info NAME` prints the same for anything installed, third parties' too.
"""


def rendered() -> str:
    """Return the whole page."""
    registry = Registry.installed()
    pipeline = _settings(Pipeline.model_json_schema())
    parts = [HEAD, "## The pipeline\n", inspect.getdoc(Pipeline) or "", "\n", pipeline]
    for kind in KINDS:
        entries = [entry for entry in registry.entries(kind) if entry.distribution == "genaug"]
        if entries:
            parts.append(f"\n## {group(kind).removeprefix('genaug.').capitalize()}\n")
        for entry in entries:
            parts.append(_component(entry.name, registry.get(kind, entry.name)))
    return "\n".join(parts).rstrip() + "\n"


def _component(name: str, component: type[Component]) -> str:
    return f"\n### `{name}`\n\n{inspect.getdoc(component)}\n\n{_settings(component.model_json_schema())}"


def _settings(schema: dict[str, Any]) -> str:
    rows = [
        f"| `{name}` | {_type(setting, schema)} | {_default(name, setting, schema)} | {_prose(setting)} |"
        for name, setting in schema.get("properties", {}).items()
    ]
    if not rows:
        return "No settings.\n"
    return "\n".join(["| setting | type | default | meaning |", "|---|---|---|---|", *rows]) + "\n"


def _prose(setting: dict[str, Any]) -> str:
    return " ".join(str(setting.get("description", "")).split()).replace("|", "\\|")


def _default(name: str, setting: dict[str, Any], schema: dict[str, Any]) -> str:
    if name in schema.get("required", []):
        return "required"
    default = setting.get("default")
    if isinstance(default, dict) and "use" in default:
        return f"`{default['use']}`"
    if isinstance(default, list) and default and isinstance(default[0], dict):
        return ", ".join(f"`{item['use']}`" for item in default)
    return f"`{json.dumps(default)}`"


def _type(setting: dict[str, Any], schema: dict[str, Any]) -> str:
    if "$ref" in setting:
        setting = schema["$defs"][setting["$ref"].rsplit("/", 1)[1]]
        return ", ".join(f"`{name}`" for name in setting.get("properties", {}))
    if KIND_KEY in setting:
        return f"a {setting[KIND_KEY]}"
    if "anyOf" in setting:
        return " or ".join(_type(option, schema) for option in setting["anyOf"])
    if "enum" in setting:
        return ", ".join(f"`{choice}`" for choice in setting["enum"])
    if "const" in setting:
        return f"`{setting['const']}`"
    if setting.get("type") == "array":
        inner = setting.get("items") or {}
        return f"list of {_type(inner, schema)}" if inner else "list"
    bounds = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    limits = " ".join(f"{sign} {setting[key]}" for key, sign in bounds.items() if key in setting)
    return f"{setting.get('type', 'any')} {limits}".strip().replace("null", "nothing")


if __name__ == "__main__":
    PAGE.write_text(rendered(), encoding="utf-8")
    print(f"wrote {PAGE}")
