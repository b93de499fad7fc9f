"""A file with one JSON object on each line, to which a resumed run appends."""

import os
from pathlib import Path
from typing import Any

from pydantic_core import to_json


class JsonLines:
    """Writer of JSON lines; each line is flushed.

    Values that are not finite become the strings ``NaN``, ``Infinity`` and ``-Infinity``, numpy's and torch's
    scalars become Python's, and other objects that JSON does not have become text.

    Args:
        path: of the file. An incomplete last line, left by a killed process, remains a separate line.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab+")
        if self._file.tell():
            self._file.seek(-1, os.SEEK_END)
            if self._file.read(1) != b"\n":
                self._file.write(b"\n")

    def write(self, line: dict[str, Any]) -> None:
        """Append one line."""
        self._file.write(to_json(line, inf_nan_mode="strings", fallback=_plain) + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)
