"""Examples of plugins in a config."""

from collections.abc import Sequence

from genaug.cli.settings import Setting
from genaug.components.references import KIND_KEY
from genaug.config.yaml_writer import flow
from genaug.pipeline import Pipeline


def example(kind: str, use: str, settings: Sequence[Setting]) -> str:
    """Return YAML of a component with all of its settings, as it is written in a config."""
    lines = [f"use: {flow(use)}"]
    for setting in settings:
        value = "…" if setting.required else flow(setting.default)
        remark = "  # required" if setting.required else ""
        lines.append(f"{setting.name}: {value}{remark}")
    key, listed = _place(kind)
    if not key:
        return "\n".join(lines) + "\n"
    first = f"{key}:\n  {'- ' if listed else ''}"
    return first + f"\n{'    ' if listed else '  '}".join(lines) + "\n"


def _place(kind: str) -> tuple[str, bool]:
    """Return the config's key for a kind, and whether it takes a list; "" where the kind has no own key."""
    for key, found in Pipeline.model_json_schema()["properties"].items():
        if found.get(KIND_KEY) == kind:
            return key, False
        if found.get("items", {}).get(KIND_KEY) == kind:
            return key, True
    return "", False
