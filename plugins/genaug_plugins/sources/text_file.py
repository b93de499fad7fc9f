"""Texts by class: a column of a CSV, JSON lines or parquet file, or a folder of .txt files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import field_validator

from genaug import Source
from genaug.data import Dataset, Samples, SampleSpec
from genaug.data.encoding import object_array
from genaug.data.samples import UNLABELLED
from genaug.errors import DataError
from genaug_plugins.sources.cells import TABLE_FILE, read_cells
from genaug_plugins.sources.class_folders import ClassFolders, readable
from genaug_plugins.sources.files import existing_file, file_sha256, row_origins


class TextFileSource(Source):
    """Read texts: one a row of a CSV, TSV, JSON lines or parquet file, or one a .txt file by class folders.

    Texts are not changed, except for white space at their ends. Rows with an empty or missing label are
    unlabelled: they are used for training.
    """

    name: ClassVar[str] = "text-file"

    path: Path
    """A file (.csv, .tsv, .jsonl, .parquet), or a folder with a folder of .txt files for each class."""
    text: str = "text"
    """Column of the texts; not used where `path` is a folder."""
    label: str | None = "label"
    """Column of the classes; null: there is none, and all texts are of one class, `all`."""
    groups: str | None = None
    """Column of the groups (an author, a thread), which are never split."""

    @field_validator("text")
    @classmethod
    def _names_a_column(cls, value: str) -> str:
        if not value:
            raise ValueError("name the column of the texts")
        return value

    def load(self) -> Dataset:
        """Read all texts, in the order of the file, or of the sorted relative paths.

        Raises:
            DataError: naming the line or the file that cannot be read as a text.
        """
        path = self.path.expanduser()
        return self._load_folder(path) if path.is_dir() else self._load_file(path)

    def state(self) -> str:
        """Return the SHA-256 of the file, or of the files' relative paths and bytes.

        Raises:
            DataError: if the file or folder does not exist, or the folder has no texts.
        """
        path = self.path.expanduser()
        if not path.is_dir():
            return file_sha256(existing_file(path, TABLE_FILE))
        digest = hashlib.sha256()
        for name in ClassFolders(path, (".txt",), "text").paths:
            digest.update(
                os.fsencode(name)
                + b"\0"
                + file_sha256(existing_file(path / name, "a folder of .txt files")).encode()
            )
        return digest.hexdigest()

    def _load_file(self, path: Path) -> Dataset:
        cells = read_cells(path)
        cells.need([name for name in (self.text, self.label, self.groups) if name is not None])
        texts = []
        for row, text in enumerate(cells.table[self.text].to_pylist()):
            if not isinstance(text, str) or not text.strip():
                found = "empty" if isinstance(text, str | None) else f"not a text: {text!r}"
                raise DataError(f"column {self.text!r}, {cells.where(row)}, is {found}: remove the row")
            texts.append(text.strip())
        labels = self._column(cells, self.label) if self.label is not None else ["all"] * len(texts)
        return self._dataset(
            texts,
            labels,
            None if self.groups is None else np.array(self._column(cells, self.groups)),
            row_origins(path.name, len(texts)),
            (),
        )

    def _load_folder(self, path: Path) -> Dataset:
        folders = ClassFolders(path, (".txt",), "text")
        texts = []
        for name in folders.paths:
            try:
                text = (path / name).read_text(encoding="utf-8-sig").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise DataError(f"{path / name} cannot be read as UTF-8 text: {error}") from error
            if not text:
                raise DataError(f"{path / name} is empty: remove it")
            texts.append(text)
        labels = [readable(name.split("/")[0]) for name in folders.paths]
        return self._dataset(
            texts, labels, None, np.array(list(map(readable, folders.paths))), folders.problems
        )

    def _column(self, cells: Any, name: str) -> list[str]:
        return ["" if cell is None else str(cell).strip() for cell in cells.table[name].to_pylist()]

    def _dataset(
        self, texts: list[str], labels: list[str], groups: Any, origins: Any, problems: tuple[str, ...]
    ) -> Dataset:
        classes = sorted(set(labels) - {""})
        spec = SampleSpec(
            modality="text",
            shape=(),
            class_names=tuple(classes),
            details={"text": self.text, "label": self.label or "class", "origin": self.path.name},
        )
        places = {name: place for place, name in enumerate(classes)} | {"": UNLABELLED}
        codes = np.array([places[label] for label in labels], dtype=np.int64)
        return Dataset(spec, Samples(object_array(texts), codes), groups, origins, problems)
