"""The files of a folder with one folder for each class, listed without reading them."""

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from genaug.data.output_folders import is_output, only_outputs
from genaug.errors import DataError

PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
"""The view of each folder name that means a part of a data set, not a class."""


class ClassFolders:
    """The files of a folder with one folder for each class.

    Hidden files and output folders of genaug are left out; links are followed, but no folder is read twice
    for a class.

    Args:
        root: the folder.
        suffixes: lower-case suffixes of the files that are wanted, with the dot.
        what: a wanted file in one word: ``image``, ``text``.
        parts_are_classes: whether folders that are all called `train`, `test` and the like are classes.

    Attributes:
        root: the folder.
        paths: relative paths with `/`, sorted; the first part is the class.
        classes: names of the folders that contain a wanted file.
        problems: what was left out, one sentence each.

    Raises:
        DataError: if there is no class, with what was found instead.
    """

    def __init__(
        self, root: Path, suffixes: Collection[str], what: str, parts_are_classes: bool = False
    ) -> None:
        if not root.is_dir():
            wrong = "is not a folder" if root.exists() else "does not exist"
            raise DataError(f"{root} {wrong}; set `path` to a folder with one folder for each class")
        self.root = root
        outputs = list[str]()
        every = sorted(_walk(root, outputs))
        found = [path for path in every if Path(path).suffix.lower() in suffixes]
        loose = [path for path in found if "/" not in path]
        other = sorted(set(every) - set(found))
        self.paths = [path for path in found if "/" in path]
        self.classes = {path.split("/")[0] for path in self.paths}
        if not self.paths and loose:
            raise DataError(
                f"found {count(loose, what)} directly in {root}; put each class in a folder of its own"
            )
        if not self.paths:
            found_instead = f"has {count(other, 'file')} but no {what}" if other else "is empty"
            if outputs:
                found_instead += f" ({count(outputs, 'output folder')} of genaug left out: {some(outputs)})"
            raise DataError(
                f"{root} {found_instead}; it must contain one folder for each class, with "
                f"{what}s ({' '.join(sorted(suffixes)[:8])} …) inside"
            )
        names = sorted(map(readable, self.classes))
        if {name.lower() for name in names} <= PARTS.keys() and not parts_are_classes:
            raise DataError(
                f"the folders of {root} are parts of a data set ({', '.join(names)}), not classes; set "
                "`path` to one of them: genaug splits the data itself"
            )
        folders = sorted(entry.name for entry in os.scandir(root) if entry.is_dir())
        without = [name for name in folders if name not in self.classes and not name.startswith(".")]
        empty = [name for name in without if name not in {path.split("/")[0] for path in outputs}]
        self.problems = tuple(
            f"left out: {sentence}"
            for names, sentence in (
                (outputs, f"{count(outputs, 'output folder')} of genaug: {some(outputs)}"),
                (empty, f"{count(empty, 'folder')} without any {what}: {some(empty)}"),
                (loose, f"{count(loose, what)} outside of the class folders: {some(loose)}"),
                (other, f"{count(other, 'other file')}: {some(other)}"),
            )
            if names
        )


def part_folders(root: Path) -> dict[str, str]:
    """Return the view of each folder, where all folders of a root are parts of a data set that hold folders.

    Folders with nothing but output of genaug do not count. Sorted by name; empty where one is not. A single
    folder is a part only if it is called `train`.
    """
    if not root.is_dir():
        return {}
    folders = sorted(
        entry
        for entry in root.iterdir()
        if entry.is_dir() and not entry.name.startswith(".") and not only_outputs(entry)
    )
    parts = {folder.name: PARTS[folder.name.lower()] for folder in folders if folder.name.lower() in PARTS}
    inner = all(any(entry.is_dir() for entry in (root / name).iterdir()) for name in parts)
    return parts if len(parts) == len(folders) and "train" in parts.values() and inner else {}


def _walk(root: Path, outputs: list[str]) -> Iterator[str]:
    """Yield the files of a folder; output folders of genaug in it are left out, and added to `outputs`."""

    def refuse(error: OSError) -> None:
        raise DataError(f"the folder {error.filename} cannot be opened: {error.strerror}") from error

    try:
        tops = sorted(entry.name for entry in os.scandir(root) if not entry.name.startswith("."))
    except OSError as error:
        refuse(error)
    for top in tops:
        if not (root / top).is_dir():
            yield top
            continue
        seen = {os.path.realpath(root)}
        for folder, inner, files in os.walk(root / top, followlinks=True, onerror=refuse):
            real = os.path.realpath(folder)
            if real in seen:
                inner.clear()
                continue
            seen.add(real)
            if is_output(folder):
                outputs.append(Path(folder).relative_to(root).as_posix())
                inner.clear()
                continue
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            for file in files:
                if not file.startswith("."):
                    yield (Path(folder) / file).relative_to(root).as_posix()


def has_file(root: Path, suffixes: Collection[str]) -> bool:
    """Return whether a folder has a file with one of these lower-case suffixes, anywhere in it."""
    return any(Path(path).suffix.lower() in suffixes for path in _walk(root, []))


def readable(name: str) -> str:
    r"""Return a file name as valid text; bytes that are not UTF-8 become ``\xff``."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def count(things: Sequence[str], what: str) -> str:
    """Return ``1 file``, ``2 files``."""
    return f"{len(things):,} {what}{'' if len(things) == 1 else 's'}"


def some(names: Sequence[str]) -> str:
    """Return the first five names and the number of the others."""
    shown = ", ".join(map(readable, names[:5]))
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5:,} more"
