"""Indented JSON files."""

import json
import re
from pathlib import Path
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")


def write_json(path: Path, content: Any, indent: int | None = 2) -> None:
    """Write indented JSON atomically; bytes of paths that are no text are escaped."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json_text(content, indent) + "\n", encoding="utf-8")
    fresh.replace(path)


def json_text(content: Any, indent: int | None = 2) -> str:
    """Return JSON that UTF-8 can hold and that reads back as it was."""
    text = json.dumps(content, indent=indent, ensure_ascii=False)
    return text if text.isascii() or not _HALF.search(text) else json.dumps(content, indent=indent)
