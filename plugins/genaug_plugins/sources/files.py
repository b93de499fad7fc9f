"""The file that a source reads: its presence, its hash, the names of its rows."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genaug.errors import DataError


def existing_file(path: Path, wanted: str) -> Path:
    """Return a path with ``~`` expanded.

    Args:
        path: value of a setting `path`.
        wanted: the kind of file for the error: ``an .npz file``.

    Raises:
        DataError: if there is no such file.
    """
    path = path.expanduser()
    if not path.is_file():
        raise DataError(f"there is no file {path}; set `path` to {wanted}")
    return path


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def row_origins(name: str, rows: int) -> NDArray[np.str_]:
    """Return ``name[0]``, ``name[1]``, …: the origins of the samples of one file, ``[rows]``."""
    return np.array([f"{name}[{row}]" for row in range(rows)])
