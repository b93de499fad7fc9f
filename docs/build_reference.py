"""Render docs/reference.md from the components' own schemas, for `docs/build_pages.py`."""

import inspect
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from genaug import Pipeline, Registry
from genaug.cli.settings import settings
from genaug.components.discovery import group
from genaug.components.kinds import KINDS
from genaug.data.split import Split

HEAD = """# Reference

Every setting of every built-in, written by `make docs` from the components themselves; do not edit
it by hand. `genaug plugins info NAME` prints the same for anything installed, third parties' too.
"""


def rendered() -> str:
    """Return the whole page."""
    registry = Registry.installed()
    parts = [HEAD, _section("##", "The pipeline", Pipeline), _section("###", "`split`", Split)]
    for kind in KINDS:
        entries = [entry for entry in registry.entries(kind) if entry.distribution == "genaug"]
        if entries:
            parts.append(f"## {group(kind).removeprefix('genaug.').capitalize()}\n")
        for entry in entries:
            parts.append(_section("###", f"`{entry.name}`", registry.get(kind, entry.name)))
    return "\n".join(parts).rstrip() + "\n"


def _section(level: str, title: str, model: type[BaseModel]) -> str:
    rows = [
        f"| `{name}` | {_cell(kind)} | {'required' if required else _default(default)} | {_cell(about)} |"
        for name, kind, required, default, about in settings(model)
    ]
    head = ["| setting | type | default | meaning |", "|---|---|---|---|"]
    table = "\n".join([*head, *rows]) if rows else "No settings."
    return f"{level} {title}\n\n{inspect.getdoc(model)}\n\n{table}\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _default(default: Any) -> str:
    if isinstance(default, dict) and "use" in default:
        return f"`{default['use']}`"
    if isinstance(default, list | tuple) and default and isinstance(default[0], dict):
        return ", ".join(f"`{item['use']}`" for item in default)
    if isinstance(default, dict):
        default = {name: value for name, value in default.items() if value is not None}
    return "not given" if default is None else f"`{json.dumps(default)}`"


if __name__ == "__main__":
    Path(__file__).with_name("reference.md").write_text(rendered(), encoding="utf-8")
