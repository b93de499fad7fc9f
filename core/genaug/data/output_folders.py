"""Output folders of genaug: they have a marker, so that a source never takes their files for data."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

MARKER = ".genaug-output"
_SENTENCE = "genaug wrote this folder. Sources of data leave it out where it lies inside a data set.\n"


def mark_output(folder: Path) -> None:
    """Mark an existing folder as one that genaug writes.

    Raises:
        OSError: where it cannot be written.
    """
    if not (folder / MARKER).exists():
        (folder / MARKER).write_text(_SENTENCE, encoding="utf-8")


def is_output(folder: str | Path) -> bool:
    """Return whether genaug wrote a folder: it has the marker, or is the output folder of an older run."""
    if os.path.isfile(os.path.join(folder, MARKER)):
        return True
    return os.path.isfile(os.path.join(folder, "run.json")) and any(
        os.path.isdir(os.path.join(folder, inner)) for inner in ("store", "folds")
    )


def data_files(root: Path, pattern: str) -> Iterator[Path]:
    """Yield the files below a folder that match a pattern, as `Path.rglob`, none of an output folder.

    Args:
        root: the folder; it may be in an output folder itself, such as a data set that was exported.
        pattern: of a file's name.
    """
    known = cache(is_output)
    for path in root.rglob(pattern):
        folders = path.relative_to(root).parents
        if not any(known(str(root / folder)) for folder in folders if folder.parts):
            yield path


def only_outputs(folder: Path) -> bool:
    """Return whether a folder has output folders, or is one, and no file outside of them."""
    found = False
    for place, inner, files in os.walk(folder):
        if is_output(place):
            found = True
            inner.clear()
        elif any(not name.startswith(".") for name in files):
            return False
    return found
