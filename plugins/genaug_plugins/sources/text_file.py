"""Texts by class: a column of a CSV, JSON lines, parquet or Excel file, or a folder of .txt files."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field, field_validator

from genaug import Recognition, Source
from genaug.data import Dataset
from genaug.data.summary import count
from genaug.errors import DataError
from genaug_plugins.sources.cells import TABLE_FILE, Cells, kind_of, read_cells
from genaug_plugins.sources.files import existing_file, file_sha256, row_origins
from genaug_plugins.sources.label_cells import label_text
from genaug_plugins.sources.number_columns import text_column
from genaug_plugins.sources.recognize_table import as_texts
from genaug_plugins.sources.text_dataset import text_dataset
from genaug_plugins.sources.text_folder import OnEmpty, read_text_folder, text_folder_state
from genaug_plugins.sources.view_cells import view_cells


class TextFileSource(Source):
    """Read texts, one a row of a CSV, TSV, JSON lines, parquet or Excel file.

    Texts are not changed, except for white space at their ends. Rows with an empty or missing label are
    unlabelled: they are used for training. A folder of class folders is read as by `text-folder`.
    """

    name: ClassVar[str] = "text-file"

    path: Path
    """A file (.csv, .tsv, .jsonl, .parquet, .xlsx), or a folder of class folders of .txt files."""
    text: str = "text"
    """Column of the texts; not used where `path` is a folder."""
    label: str | None = "label"
    """Column of the classes; null: there is none, and all texts are of one class, `all`."""
    groups: str | None = None
    """Column of the groups (an author, a thread), which are never split."""
    split: str | None = None
    """Column that assigns texts to views: train, validation or test."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """Separator of the cells of a CSV file; null: found out (comma, semicolon, tab or bar)."""
    encoding: str | None = None
    """Encoding of a CSV file: `latin-1`, `cp1252`, …; null: UTF-8."""
    on_empty: OnEmpty = "error"
    """Rows without text: `error`, or `skip` with a warning."""

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
        if path.is_dir():
            return read_text_folder(path, self.encoding, self.on_empty)
        cells = read_cells(path, self.delimiter, self.encoding)
        cells.need([name for name in (self.text, self.label, self.groups, self.split) if name is not None])
        texts, rows, empty = self._texts(cells)
        problems = list(cells.notes)
        if empty:
            problems.append(
                f"left out: {count(len(empty), 'row')} without text, the first is {cells.where(empty[0])}"
            )

        def column(name: str | None) -> list[str] | None:
            if name is None:
                return None
            every = text_column(cells.table[name])
            return [every[row] for row in rows]

        groups, words = column(self.groups), column(self.split)
        views = None
        details = {
            "text": self.text,
            "label": self.label or "class",
            "origin": path.name,
            "form": kind_of(path),
        }
        if words is not None and self.split is not None:
            views = view_cells(self.split, words, lambda row: cells.where(rows[row]))
            details["views"] = f"the column {self.split!r}"
        return text_dataset(
            texts,
            [label_text(cell) for cell in column(self.label) or ["all"] * len(texts)],
            details,
            row_origins(path.name, cells.table.num_rows)[rows],
            problems,
            groups=None if groups is None else np.array(groups),
            views=views,
        )

    def known_modality(self) -> str:
        """Return `text`."""
        return "text"

    def state(self) -> str:
        """Return the SHA-256 of the file, or of the files' relative paths and bytes.

        Raises:
            DataError: if the file or folder does not exist, or the folder has no texts.
        """
        path = self.path.expanduser()
        return text_folder_state(path) if path.is_dir() else file_sha256(existing_file(path, TABLE_FILE))

    @classmethod
    def recognize(cls, path: Path) -> Recognition | None:
        """Recognize a file with one column of sentences."""
        return as_texts(path)

    def _texts(self, cells: Cells) -> tuple[list[str], list[int], list[int]]:
        """Return the texts, their rows, and the rows without text that are left out."""
        texts, rows, empty = [], [], []
        for row, text in enumerate(cells.table[self.text].to_pylist()):
            if isinstance(text, str) and text.strip():
                texts.append(text.strip())
                rows.append(row)
            elif isinstance(text, str | None) and self.on_empty == "skip":
                empty.append(row)
            else:
                found = "empty" if isinstance(text, str | None) else f"not a text: {text!r}"
                raise DataError(
                    f"column {self.text!r}, {cells.where(row)}, is {found}: remove the row"
                    + (", or set `on_empty: skip`" if found == "empty" else "")
                )
        if not texts:
            raise DataError(f"column {self.text!r} of {cells.path.name} has no text in any row")
        return texts, rows, empty
