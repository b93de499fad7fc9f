"""Which source reads what is at a path."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from genaug.errors import DataError, MissingRequirement, PluginError

if TYPE_CHECKING:
    from genaug.components.registry import Registry
    from genaug.contracts import Recognition

LISTED = 10_000
"""Most files of a folder that are looked at for an error."""
LIKELY = 0.5
"""Least confidence of data that are named as the nearest."""


def recognize(path: Path, registry: Registry, source: str | None = None) -> tuple[str, Recognition]:
    """Return the name of the surest source of what is at a path, and how it would read it.

    Args:
        path: the data.
        registry: its sources are asked, all that are installed with what they need.
        source: the name of the only one that is asked; None: all.

    Raises:
        DataError: where nothing is there, no source reads it, or two are equally sure.
    """
    path = path.expanduser()
    if not path.exists():
        raise DataError(f"{path} does not exist")
    found, refusals = _asked(path, registry, source)
    if not found:
        raise DataError(_nothing(path, registry, source, refusals))
    surest = max(recognition.confidence for _, recognition in found)
    best = [(name, recognition) for name, recognition in found if recognition.confidence == surest]
    if len(best) > 1:
        read = "\n".join(f"- --source {name}: {recognition.found}" for name, recognition in best)
        raise DataError(f"{path} can be read in {len(best)} ways; choose one:\n{read}")
    return best[0]


def _asked(
    path: Path, registry: Registry, source: str | None
) -> tuple[list[tuple[str, Recognition]], dict[str, str]]:
    """Return what each source recognizes, and why others refuse."""
    entries = registry.entries("source")
    names = [registry.name_of(entry) for entry in entries] if source is None else [source]
    found, refusals = [], {}
    for name in names:
        try:
            reader = registry.get("source", name)
        except PluginError as error:
            if source is not None:
                raise
            if not isinstance(error, MissingRequirement):
                refusals[name] = str(error)
            continue  # named by `_nothing`
        try:
            recognition = reader.recognize(path)  # type: ignore[attr-defined]
        except DataError as error:
            refusals[name] = str(error)
            continue
        if recognition is not None:
            found.append((name, recognition))
    return found, refusals


def _nothing(path: Path, registry: Registry, source: str | None, refusals: dict[str, str]) -> str:
    if refusals:
        names: dict[str, list[str]] = {}
        for name, reason in refusals.items():
            names.setdefault(reason, []).append(name)
        if len(names) == 1:
            (reason,) = names
            return reason if len(refusals) == 1 else f"{reason} (asked: {', '.join(refusals)})"
        return "\n".join(f"{' and '.join(own)} cannot use it: {reason}" for reason, own in names.items())
    what = _content(path)
    if source is not None:
        return f"the source {source!r} does not recognize {path} ({what}): write the config by hand"
    for near in _near(path):
        found = [one for one in _asked(near, registry, None)[0] if one[1].confidence >= LIKELY]
        if found:
            name, recognition = max(found, key=lambda one: one[1].confidence)
            joined = (
                "; several such files: join them into one, with a column of the class"
                if near.is_file()
                else ""
            )
            return (
                f"no source reads {path} ({what}). The nearest that one reads ({name}): "
                f"genaug init {near}, {recognition.found}{joined}"
            )
    asked = ", ".join(registry.name_of(entry) for entry in registry.entries("source"))
    return (
        f"no source recognizes {path} ({what}). Asked: {asked}. Most common: a folder of images or .txt "
        "files with a folder for each class, a CSV file with a column of the class, an .npz file with values "
        f"and labels{_not_asked(registry)}"
    )


def _not_asked(registry: Registry) -> str:
    """Return a sentence on the sources that lack a package, "" where none does."""
    reasons = []
    for entry in registry.entries("source"):
        try:
            registry.get("source", registry.name_of(entry))
        except MissingRequirement as error:
            reasons.append(str(error))
        except PluginError:
            continue
    return "".join(f"\nNot asked: {reason}" for reason in reasons)


def _content(path: Path) -> str:
    """Return what is at a path in words: ``a .wav file``, ``a folder of 12 .csv, 3 .json files``."""
    if path.is_file():
        return f"a {path.suffix.lower()} file" if path.suffix else "a file without a suffix"
    suffixes = Counter(file.suffix.lower() or "other" for file in _files(path))
    if not suffixes:
        return "an empty folder"
    return (
        f"a folder of {', '.join(f'{count:,} {suffix}' for suffix, count in suffixes.most_common(4))} files"
    )


def _near(path: Path) -> Iterator[Path]:
    """Yield the folders that contain a file, below the current one or beside it, or a file of each suffix."""
    if path.is_file():
        here = Path.cwd()
        yield from (folder for folder in list(path.resolve().parents)[:2] if not here.is_relative_to(folder))
        return
    suffixes: set[str] = set()
    for file in _files(path):
        if file.suffix.lower() not in suffixes:
            suffixes.add(file.suffix.lower())
            yield file


def _files(folder: Path) -> Iterator[Path]:
    from genaug.data.output_folders import is_output

    left = LISTED
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_output(Path(place) / name))
        for name in sorted(names):
            if not name.startswith(".") and left:
                left -= 1
                yield Path(place) / name
