"""The paths of original files as a run stores them, so that data and run can be moved."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def below_root(files: Sequence[str], output: Path) -> dict[str, Any]:
    """Return paths for storing: below their common folder, which is stored relative to the run and absolute.

    Args:
        files: absolute paths, or "" where a sample has no file.
        output: the output folder of the run.

    Returns:
        ``files``, relative to the root; ``root``, relative to the output folder; ``absolute_root``.
    """
    known = [file for file in files if file]
    if not known or not all(map(os.path.isabs, known)):
        return {"files": list(files)}
    try:
        root = os.path.commonpath([os.path.dirname(file) for file in known])
        relative = os.path.relpath(root, output.resolve())
    except ValueError:  # several drives
        return {"files": list(files)}
    return {
        "files": [os.path.relpath(file, root) if file else "" for file in files],
        "root": relative,
        "absolute_root": root,
    }


def from_root(stored: Mapping[str, Any], output: Path) -> list[str]:
    """Return absolute paths of what `below_root` stored.

    The root is found relative to the run, if both were moved together, else where it was.
    """
    moved = os.path.normpath(output.resolve() / stored["root"])
    root = moved if os.path.isdir(moved) else stored["absolute_root"]
    return [os.path.join(root, file) if file else "" for file in stored["files"]]
