"""JSON files that a person can read."""

import json
from pathlib import Path
from typing import Any


def write_json(path: Path, content: Any, indent: int | None = 2) -> None:
    """Write JSON that a person can read, whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(content, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")
    fresh.replace(path)
