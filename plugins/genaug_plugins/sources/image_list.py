"""A list of images in a table: a path and a class in each row."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from genaug import Recognition
from genaug.data import Dataset
from genaug.data.summary import count
from genaug.errors import DataError
from genaug_plugins.sources.cells import TABLE_FILE, Cells, kind_of, read_cells
from genaug_plugins.sources.class_folders import PARTS
from genaug_plugins.sources.files import existing_file
from genaug_plugins.sources.image_formats import image_suffixes
from genaug_plugins.sources.image_source import ImageEntry, ImageSource, files_sha256
from genaug_plugins.sources.label_cells import label_text

if TYPE_CHECKING:
    import pyarrow as pa

LIST = f"{TABLE_FILE} with a path and a label in each row"
PATH_NAMES = (
    "path",
    "file",
    "filename",
    "file_name",
    "filepath",
    "image",
    "image_path",
    "img",
    "image_id",
    "id",
)
GROUP_NAMES = ("group", "patient", "patient_id", "subject", "scene", "lesion_id")
SPLIT_NAMES = ("split", "subset", "partition", "fold", "set")
COMMON = (".jpg", ".jpeg", ".png", ".tif")
"""Suffixes that tables often leave out."""
LABEL_NAMES = ("label", "class", "category", "target", "diagnosis", "species", "y", "labels", "class_name")


class ImageListSource(ImageSource):
    """Read the images that a table lists, each with its class, and its group, view and time where given.

    Rows without a label are unlabelled: they are used for training. Rows that repeat a file are read once, if
    they agree.
    """

    name: ClassVar[str] = "image-list"

    path: Path
    """The table: .csv, .tsv, .jsonl or .parquet, with a line of names first."""
    image: str | None = None
    """Column of the images' paths, relative to `root`; None: the first of `path`, `file`, `filename`, …"""
    label: str | None = None
    """Column of the classes; None: the first of `label`, `class`, `category`, …"""
    group: str | None = None
    """Column of the groups (a patient, a scene), which are never split."""
    split: str | None = None
    """Column of the views: `train`, `val`, `test`, or empty where genaug is to split."""
    time: str | None = None
    """Column of the times, numbers or dates: the views are cut by time, training the earliest."""
    root: Path | None = None
    """Folder of the images; None: that of the table."""
    suffix: str = ""
    """Appended to each path, where the table has names without a suffix: `.jpg`."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """Separator of the cells of a CSV file; None: found from the file."""

    def load(self) -> Dataset:
        """Read all images, in the order of the table.

        Raises:
            DataError: naming the column, or the line and its file.
        """
        entries, details, problems = self._entries()
        return self.read_entries(entries, self.path.name, problems, details)

    def state(self) -> str:
        """Return the SHA-256 of the table and the images.

        Raises:
            DataError: where the table is missing or cannot be used.
        """
        entries, details, problems = self._entries()
        more = repr([(e.label, e.view, e.group, e.time) for e in entries]) + repr((details, problems))
        return files_sha256([(e.origin, e.content) for e in entries if isinstance(e.content, Path)], more)

    @classmethod
    def recognize(cls, path: Path) -> Recognition | None:
        """Recognize a table with a column of paths of images that exist, and one of labels."""
        if not kind_of(path) or not path.is_file():
            return None
        try:
            table = read_cells(path).table
        except DataError:
            return None
        lower = {name.strip().lower(): name for name in reversed(table.column_names)}
        image = next((lower[name] for name in PATH_NAMES if name in lower), None)
        label = next((lower[name] for name in LABEL_NAMES if name in lower), None)
        if image is None or label is None:
            return None
        # Bytes, records and sentences are no paths.
        cells = table[image].slice(0, 20).to_pylist()
        first = [str(cell) for cell in cells if isinstance(cell, str | int) and len(str(cell)) < 200]
        settings: dict[str, Any] = {"path": str(path), "image": image, "label": label, "on_corrupt": "skip"}
        root = next(
            (folder for folder in _folders(path.parent) if any((folder / n).is_file() for n in first)), None
        )
        if root is None:
            for folder in _folders(path.parent):
                found = next((e for e in COMMON if first and (folder / (first[0] + e)).is_file()), None)
                if found:
                    root, settings["suffix"] = folder, found
                    break
        names = [name + settings.get("suffix", "") for name in first]
        if root is None or not any(Path(name).suffix.lower() in image_suffixes() for name in names):
            return None
        if root != path.parent:
            settings["root"] = str(root)
        notes = []
        for setting, usual in (("group", GROUP_NAMES), ("split", SPLIT_NAMES)):
            column = next((lower[name] for name in usual if name in lower), None)
            texts = set() if column is None else set(_texts(table, column))
            if column is not None and (
                setting == "group" or {text.lower() for text in texts} <= {*PARTS, ""}
            ):
                settings[setting] = column
                notes.append(f"the column {column!r} is taken as the {setting} of each image")
        found_text = f"a list of {count(table.num_rows, 'image')} with the class in the column {label!r}"
        return Recognition(settings=settings, confidence=0.95, found=found_text, notes=tuple(notes))

    def _entries(self) -> tuple[list[ImageEntry], dict[str, str], list[str]]:
        """Return the images, the details of the spec, and problems."""
        path = existing_file(self.path, LIST)
        cells = read_cells(path, self.delimiter)
        image = self._column(path, cells, "image", PATH_NAMES)
        label = self._column(path, cells, "label", LABEL_NAMES)
        names = _texts(cells.table, image)
        labels = [label_text(cell) for cell in cells.table[label].to_pylist()]
        groups, times = self._groups(path, cells), self._times(path, cells)
        views = self._views(path, cells)
        root = (self.root or path.parent).expanduser()
        seen: dict[str, int] = {}
        entries: list[ImageEntry] = []
        missing: list[int] = []
        repeated = 0
        for row, name in enumerate(names):
            if not name:
                raise DataError(
                    f"the column {image!r} is empty in {cells.where(row)}: give the path of an image"
                )
            if name in seen:
                first = seen[name]
                if (labels[row], views[row], groups[row]) != (labels[first], views[first], groups[first]):
                    raise DataError(
                        f"{name} is listed twice with different entries: "
                        f"{cells.where(first)} and {cells.where(row)}. Keep one of them"
                    )
                repeated += 1
                continue
            seen[name] = row
            file = root / (name + self.suffix)
            if not file.is_file():
                missing.append(row)
            origin = name + self.suffix
            entries.append(ImageEntry(file, origin, labels[row] or None, views[row], groups[row], times[row]))
        if missing and (self.on_corrupt == "error" or len(missing) == len(entries)):
            raise DataError(
                f"{len(missing):,} of {len(entries):,} images that {path.name} lists do not exist:\n  "
                + "\n  ".join(
                    f"{cells.where(row)}: {root / (names[row] + self.suffix)}" for row in missing[:10]
                )
                + "\nSet `root` to the folder that the paths start from, `suffix` to what they lack, or "
                "on_corrupt: skip"
            )
        problems = (
            [f"read once: {count(repeated, 'row')} with the file of an earlier row"] if repeated else []
        )
        details = {"origin": path.name}
        details |= {} if self.split is None else {"views": f"the column {self.split!r}"}
        details |= {} if self.time is None else {"times": f"the column {self.time!r}"}
        return entries, details, problems

    def _column(self, path: Path, cells: Cells, setting: str, usual: tuple[str, ...]) -> str:
        """Return the name of the column of a setting."""
        names = cells.table.column_names
        given = getattr(self, setting)
        if given is None:
            lower = {name.strip().lower(): name for name in reversed(names)}
            found = next((lower[name] for name in usual if name in lower), None)
            if found is None:
                raise DataError(
                    f"{path.name} has no column {', '.join(usual[:4])} …: set `{setting}` to one of its "
                    f"columns: {', '.join(names)}"
                )
            return str(found)
        if given not in names:
            near = difflib.get_close_matches(given, names, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise DataError(
                f"{path.name} has no column {given!r} (`{setting}`); {hint}It has {', '.join(names)}"
            )
        return str(given)

    def _groups(self, path: Path, cells: Cells) -> list[str | None]:
        if self.group is None:
            return [None] * cells.table.num_rows
        name = self._column(path, cells, "group", ())
        groups = _texts(cells.table, name)
        if "" in groups:
            raise DataError(
                f"the column {name!r} of `group` is empty in {cells.where(groups.index(''))}: give each "
                "image a group"
            )
        return list(groups)

    def _views(self, path: Path, cells: Cells) -> list[str]:
        if self.split is None:
            return [""] * cells.table.num_rows
        name = self._column(path, cells, "split", ())
        views = []
        for row, text in enumerate(_texts(cells.table, name)):
            if text and text.lower() not in PARTS:
                raise DataError(
                    f"the column {name!r} of `split` contains {text!r} in {cells.where(row)}: "
                    f"use {', '.join(PARTS)}, or nothing where genaug is to split"
                )
            views.append(PARTS[text.lower()] if text else "")
        return views

    def _times(self, path: Path, cells: Cells) -> list[float | None]:
        if self.time is None:
            return [None] * cells.table.num_rows
        name = self._column(path, cells, "time", ())
        times: list[float | None] = []
        for row, text in enumerate(_texts(cells.table, name)):
            try:
                times.append(float(text))
            except ValueError:
                try:
                    seconds = float(np.datetime64(text.removesuffix("Z"), "us").astype(np.int64)) / 1e6
                except ValueError:
                    seconds = float("nan")
                if not np.isfinite(seconds) or not text:
                    raise DataError(
                        f"the column {name!r} of `time` contains {text!r} in "
                        f"{cells.where(row)}: use numbers, or dates like 2024-05-31 12:00"
                    ) from None
                times.append(float(seconds))
        return times


def _texts(table: pa.Table, name: str) -> list[str]:
    """Return the cells of a column as texts, "" where they are empty."""
    return ["" if cell is None else str(cell).strip() for cell in table[name].to_pylist()]


def _folders(folder: Path) -> Iterator[Path]:
    """Yield a folder and those directly inside it."""
    yield folder
    yield from sorted(
        entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith(".")
    )
