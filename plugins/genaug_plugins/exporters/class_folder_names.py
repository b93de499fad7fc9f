"""Names of folders for classes, and of files that do not collide."""

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
"""File names that Windows reserves."""


def safe_folders(class_names: Sequence[str]) -> list[str]:
    """Return a folder name for each class: portable, unique, the class's own name where that is both."""
    taken: set[str] = set()
    folders = []
    for label, name in enumerate(class_names):
        safe = re.sub(r"[^\w .+()&,;=@'!#-]", "_", unicodedata.normalize("NFC", name)).strip(". ")
        safe = safe.encode()[:100].decode(errors="ignore").strip(". ")
        if not safe or safe.lower().split(".")[0] in _DEVICES:
            safe = f"class-{label}"
        if safe.casefold() in taken:
            safe = next(f"{safe}-{n}" for n in itertools.count(2) if f"{safe}-{n}".casefold() not in taken)
        taken.add(safe.casefold())
        folders.append(safe)
    return folders


class FreeNames:
    """Names of files, none of which is given twice in a folder, not even in other letters' case."""

    def __init__(self) -> None:
        self._taken: defaultdict[str, set[str]] = defaultdict(set)

    def take(self, folder: str, name: str) -> str:
        """Return ``name``, or ``name-2`` and so on before its suffix where it is taken."""
        path, free = PurePosixPath(name), name
        for number in itertools.count(2):
            if free.casefold() not in self._taken[folder]:
                break
            free = f"{path.stem}-{number}{path.suffix}"
        self._taken[folder].add(free.casefold())
        return free
