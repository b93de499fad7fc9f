"""Indented JSON files."""

import json
from pathlib import Path
from typing import Any


def write_json(path: Path, content: Any, indent: int | None = 2) -> None:
    """Write indented JSON atomically."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(content, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")
    fresh.replace(path)
