"""Tables of the chapters for plugin authors, from the contracts themselves: `make docs`."""

import dataclasses
import importlib
import inspect
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from genaug.components.component import Component
from genaug.contracts.capabilities import CAPABILITIES
from genaug.data import Dataset
from genaug.hooks import HookSpecs

DOCS = Path(__file__).parent
KINDS = {
    "source": "Source",
    "architecture": "Architecture",
    "generator": "Generator Sampler",
    "regularizer": "Regularizer ActiveRegularizer",
    "strategy": "Strategy",
    "extractor": "Extractor Embedder",
    "selector": "Selector RankingSelector",
    "model": "Model Predictor",
    "task": "Task",
    "validator": "Validator",
    "comparator": "Comparator",
    "exporter": "Exporter",
}
"""Modules of `genaug.contracts`, and the classes in them that a plugin implements."""


def filled(text: str) -> str:
    """Return a page with its tables: each is between ``<!-- name -->`` and ``<!-- end of name -->``."""
    for name, table in TABLES.items():
        block = f"<!-- {name} -->\n{table()}\n<!-- end of {name} -->"
        text = re.sub(
            rf"<!-- {name} -->.*?<!-- end of {name} -->", lambda _, b=block: b, text, flags=re.DOTALL
        )
    return text


def capabilities() -> str:
    """Return the capabilities of samplers."""
    return _table(("capability", "what a sampler with it does"), CAPABILITIES.items(), code=1)


def hook_moments() -> str:
    """Return the events that hooks observe."""
    rows = []
    for name, spec in vars(HookSpecs).items():
        if name.startswith("_"):
            continue
        arguments = [one for one in inspect.signature(spec).parameters if one != "self"]
        rows.append((f"{name}({', '.join(arguments)})", _first(spec).removeprefix("Called ")))
    return _table(("event", "called"), rows, code=1)


def methods() -> str:
    """Return the methods of each kind of plugin, a table a kind."""
    parts = []
    for module, names in KINDS.items():
        home = importlib.import_module(f"genaug.contracts.{module}")
        rows = [row for name in names.split() for row in _methods(getattr(home, name), module)]
        parts.append(
            f"### {module.capitalize()}\n\n{_table(('method', 'returns', 'what it does'), rows, code=2)}"
        )
    return "\n\n".join(parts)


def _methods(cls: type, kind: str) -> Iterator[tuple[str, str, str]]:
    for name, found in vars(cls).items():
        method = found.__func__ if isinstance(found, classmethod) else found
        if (
            name.startswith(("_", "model_post_init"))
            or not inspect.isfunction(method)
            or hasattr(found, "__final__")
        ):
            continue
        signature = inspect.signature(method)
        arguments = [one for one in signature.parameters if one not in ("self", "cls")]
        returned = signature.return_annotation
        shown = returned if isinstance(returned, str) else inspect.formatannotation(returned)
        shown = re.sub(r"[\w.]+\.(\w)", r"\1", shown)
        shown = re.sub(r"ndarray\[tuple\[Any, \.\.\.\], dtype\[(\w+)\]\]", r"NDArray[\1]", shown)
        shown = re.sub(r"Optional\[(\w+)\]", r"\1 | None", shown)
        needed = "**" if getattr(found, "__isabstractmethod__", False) else ""
        yield f"{cls.__name__}.{name}({', '.join(arguments)})", shown, f"{needed}{_first(method)}{needed}"


def dataset_fields() -> str:
    """Return the fields of `Dataset`."""
    text = inspect.cleandoc(Dataset.__doc__ or "").partition("Attributes:\n")[2]
    said = {
        name: " ".join(what.replace("``", "`").split())
        for name, what in re.findall(r"^    (\w+): (.*?)(?=^    \w+: |\Z)", text, re.DOTALL | re.MULTILINE)
    }
    rows = [(field.name, said[field.name]) for field in dataclasses.fields(Dataset)]
    return _table(("field", "what it is"), rows, code=1)


def early_checks() -> str:
    """Return the methods that every component may have."""
    rows = [
        row
        for row in _methods(Component, "")
        if row[0].startswith(("Component.check", "Component.pre", "Component.reads"))
    ]
    return _table(("method", "returns", "what it does"), rows, code=2)


def pairs() -> str:
    """Return which strategy works with which generator, on which samples."""
    found: str = runpy.run_path(str(DOCS / "pairs.py"))["table"]()
    return found


def _table(head: tuple[str, ...], rows: Any, code: int) -> str:
    """Return a Markdown table, whose first `code` columns are code."""
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for row in rows:
        cells = [f"`{cell}`" if place < code else cell for place, cell in enumerate(row)]
        lines.append(f"| {' | '.join(cell.replace(' | ', ' or ') for cell in cells)} |")
    return "\n".join(lines)


def _first(documented: Any) -> str:
    """Return the first paragraph of a docstring, in one line."""
    paragraph = inspect.cleandoc(documented.__doc__ or "").partition("\n\n")[0]
    return " ".join(paragraph.replace("``", "`").split())


TABLES = {
    "capabilities": capabilities,
    "hook moments": hook_moments,
    "methods": methods,
    "dataset fields": dataset_fields,
    "early checks": early_checks,
    "pairs": pairs,
}


if __name__ == "__main__":
    for page in DOCS.glob("*.md"):
        before = page.read_text(encoding="utf-8")
        if (after := filled(before)) != before:
            page.write_text(after, encoding="utf-8")
            print(f"wrote {page.name}")
