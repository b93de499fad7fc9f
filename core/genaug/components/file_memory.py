"""A cache of facts about files, by path, size and modification time."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from genaug.data.json_files import write_json

FILE = "files.json"

_known: dict[str, tuple[int, int, Any]] = {}
_saved: dict[Path, int] = {}


def recall(kind: str, path: Path, compute: Callable[[Path], Any]) -> Any:
    """Return ``compute(path)``, computed again only where the file's size or modification time differs.

    Args:
        kind: name of the computed fact.
        path: an existing file.
        compute: returns plain JSON.
    """
    status = path.stat()
    key = f"{kind} {path.absolute()}"
    known = _known.get(key)
    if known is None or known[:2] != (status.st_size, status.st_mtime_ns):
        known = _known[key] = (status.st_size, status.st_mtime_ns, compute(path))
    return known[2]


def load(folder: Path) -> None:
    """Load the cache that an earlier process saved in a folder; an unreadable file is ignored."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        saved = {str(key): (int(size), int(time), value) for key, (size, time, value) in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return
    for key, value in saved.items():
        _known.setdefault(key, value)
    _saved[folder] = len(_known)


def save(folder: Path) -> None:
    """Save the cache in a folder, if it has grown since it was loaded."""
    if _saved.get(folder) != len(_known):
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / FILE, _known, indent=None)
        _saved[folder] = len(_known)
