"""The digest of the code that a record rests on."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from genaug.components.identity import fingerprint, source_code


def source_digest(roots: Iterable[str], folder: Path | None = None) -> str:
    """Return the sha256 of modules and scripts, and of all that they import from genaug and plugin packages.

    Docstrings, comments and layout do not count; see `genaug.components.source_code`.

    Args:
        roots: names of modules, and paths of scripts, which end in ``.py``.
        folder: to which the paths of scripts are relative; None: the working directory.

    Raises:
        ModuleNotFoundError: where a root does not exist.
    """
    code = source_code()
    hashes: dict[str, str] = {}
    for root in roots:
        script = (folder or Path()) / root if root.endswith(".py") else None
        if script is not None and not script.is_file():
            raise ModuleNotFoundError(f"there is no {root}")
        with _importable(script):
            found = code.closure(script.stem if script else root).hashes
        if not found:
            raise ModuleNotFoundError(f"there is no {root}")
        hashes |= found
    return fingerprint(hashes)


@contextmanager
def _importable(script: Path | None) -> Iterator[None]:
    """Make a script and the modules beside it importable by their names, as when it runs."""
    if script is None:
        yield
        return
    place = str(script.resolve().parent)
    sys.path.insert(0, place)
    try:
        yield
    finally:
        sys.path.remove(place)
