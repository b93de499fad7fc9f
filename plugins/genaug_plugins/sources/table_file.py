"""A table in a CSV, JSON lines, parquet or Excel file: named columns, one of them the class."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug import Recognition, Source
from genaug.components.frozen_dict import FrozenDict
from genaug.data import Dataset, Samples, SampleSpec
from genaug.errors import DataError
from genaug_plugins.sources.cells import TABLE_FILE, Cells, kind_of, read_cells
from genaug_plugins.sources.column_findings import column_findings
from genaug_plugins.sources.column_types import MISSING, Reading, WantedType, read_column
from genaug_plugins.sources.date_cells import ambiguous_days, date_pattern
from genaug_plugins.sources.files import existing_file, file_sha256, row_origins
from genaug_plugins.sources.number_cells import Decimal, has_decimal_commas
from genaug_plugins.sources.recognize_table import as_table
from genaug_plugins.sources.table_labels import table_labels
from genaug_plugins.sources.view_cells import view_cells

if TYPE_CHECKING:
    import pyarrow as pa


class TableFileSource(Source):
    """Read a table: CSV or TSV (a line of names first), JSON lines, parquet or Excel (.xlsx, extra `tables`).

    The type of each column is detected and printed by `genaug check`: `boolean` where all values are
    true/false or yes/no, `integer`, `numeric`, `date`, else `categorical`; numbers with leading zeros are
    categories, as they are codes. A date becomes the number of days since the earliest one; exporters write
    dates again. Whole numbers beyond 2^53 give an error. Rows without a label are unlabelled: they are used
    for training. Columns that look like ids, are constant, or tell the class alone are named, and kept.
    """

    name: ClassVar[str] = "table-file"

    path: Path
    """The file: .csv, .tsv, .jsonl, .parquet or .xlsx."""
    test: Path | None = None
    """A second file with the same columns, the fixed test set; null: genaug splits all rows."""
    label: str | None
    """Column of the class; null: there is none, and all rows are of one class, `all`."""
    quantiles: int | None = Field(default=None, ge=2, le=100)
    """Make this number of classes of equal size out of a label column of numbers."""
    targets: tuple[str, ...] = ()
    """Columns of numbers that a task other than classification predicts; they are not generated."""
    groups: str | None = None
    """Column of the groups (a patient, a household), which are never split."""
    split: str | None = None
    """Column that assigns rows to views: train, validation or test."""
    time: str | None = None
    """Column of numbers or dates by which the views are cut, test the latest; it is no feature."""
    ignore: tuple[str, ...] = ()
    """Columns that are left out: ids, free text, what is known only after the class."""
    types: FrozenDict[str, WantedType] = FrozenDict()
    """Types of columns that are not detected: `{zip: categorical, price: numeric, day: date}`."""
    dates: FrozenDict[str, str] = FrozenDict()
    """Patterns of dates that are not found out, as of `strftime`: `{day: "%m/%d/%Y"}`."""
    missing: tuple[str, ...] = MISSING
    """Texts that represent a missing value."""
    most_categories: int = Field(default=100, ge=2)
    """Maximum number of different texts of a column that is detected as categorical."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """Separator of the cells of a CSV file; null: found out (comma, semicolon, tab or bar)."""
    decimal: Decimal | None = None
    """Decimal sign of a CSV file; null: found out."""
    encoding: str | None = None
    """Encoding of a CSV file: `latin-1`, `cp1252`, …; null: UTF-8, or UTF-16 where its first bytes say so."""
    sheet: str | None = None
    """Sheet of an Excel file; null: the first."""

    def load(self) -> Dataset:
        """Read all rows, in the order of the file.

        Raises:
            DataError: naming the column and the line that cannot be used.
            MissingRequirement: for an Excel file without openpyxl.
        """
        cells = read_cells(self.path, self.delimiter, self.encoding, self.sheet)
        if self.test is not None:
            other = read_cells(self.test, self.delimiter, self.encoding, self.sheet)
            cells.need(self.ignore)
            cells = cells.then(other, self.ignore)
        given = (self.label, self.groups, self.split, self.time, *self.targets, *self.ignore)
        others = [name for name in given if name is not None]
        cells.need([name for name in (*others, *self.types, *self.dates) if name not in self.ignore])
        if self.test is None:
            cells.need(self.ignore)
        names = [name for name in cells.table.column_names if name not in others]
        if not names:
            raise DataError(
                f"{cells.path.name} has no column beside {', '.join(others)}: there are no features"
            )
        notes = list(cells.notes)
        reading = Reading(frozenset(self.missing), self.most_categories, cells.where)
        decimal = self._decimal(cells, reading, notes)
        reading = Reading(reading.missing, reading.most_categories, cells.where, decimal)
        read = [self._column(name, cells.table[name], reading, notes) for name in names]
        columns, values = (
            tuple(column for column, _ in read),
            np.stack([values for _, values in read], axis=1),
        )
        class_names: tuple[str, ...] = ("all",)
        labels = np.zeros(len(values), dtype=np.int64)
        if self.label is not None:
            class_names, labels, said = table_labels(
                self.label, cells.table[self.label], reading, self.quantiles
            )
            notes += said
        notes += column_findings(columns, values, labels, class_names)
        form = {
            "suffix": kind_of(cells.path),
            "delimiter": cells.form.delimiter if cells.form else ",",
            "decimal": decimal,
        }
        spec = SampleSpec(
            modality="table",
            shape=(len(read),),
            class_names=class_names,
            columns=columns,
            details=self._details(cells, form),
        )
        return Dataset(
            spec,
            Samples(values, labels, self._targets(cells, reading)),
            self._groups(cells, reading),
            row_origins(cells.path.name, len(values)),
            tuple(notes),
            self._views(cells),
            self._times(cells, reading),
        )

    def known_modality(self) -> str:
        """Return `table`."""
        return "table"

    def state(self) -> str:
        """Return the SHA-256 of the file, and of the test file.

        Raises:
            DataError: where one is missing.
        """
        files = [path for path in (self.path, self.test) if path is not None]
        return " ".join(file_sha256(existing_file(path, TABLE_FILE)) for path in files)

    @classmethod
    def recognize(cls, path: Path) -> Recognition | None:
        """Recognize a file of named columns; the label is guessed by names and values."""
        return as_table(path)

    def _details(self, cells: Cells, form: dict[str, str]) -> dict[str, str]:
        details = {"label": self.label or "class", "origin": cells.path.name, "form": json.dumps(form)}
        if self.split is not None or self.test is not None:
            details["views"] = f"the column {self.split!r}" if self.split else "the setting `test`"
        if self.time is not None:
            details["times"] = f"the column {self.time!r}"
        return details

    def _views(self, cells: Cells) -> NDArray[np.str_] | None:
        if self.split is not None:
            return view_cells(self.split, cells.table[self.split].to_pylist(), cells.where)
        if cells.rest is None:
            return None
        test = cells.rest.table.num_rows
        return np.array(["train"] * (cells.table.num_rows - test) + ["test"] * test)

    def _times(self, cells: Cells, reading: Reading) -> NDArray[np.float64] | None:
        if self.time is None:
            return None
        column, times = read_column(self.time, cells.table[self.time], self.types.get(self.time), reading)
        if column.missing or column.type == "categorical":
            row = int(np.isnan(times).argmax())
            raise DataError(
                f"the column {self.time!r} of `time` "
                + (
                    f"is empty in {reading.where(row)}"
                    if column.missing
                    else "is neither a number nor a date"
                )
            )
        return times

    def _decimal(self, cells: Cells, reading: Reading, notes: list[str]) -> Decimal:
        if self.decimal is not None or cells.form is None:
            return self.decimal or "."
        used = [name for name in cells.table.column_names if name not in self.ignore]
        commas = [
            name
            for name in used
            if has_decimal_commas(cell for cell in reading.known(cells.table[name]) if cell is not None)
        ]
        if not commas:
            return "."
        notes.append(
            f"numbers have a decimal comma, as in the column {commas[0]!r}; set `decimal` for points"
        )
        return ","

    def _column(self, name: str, cells: pa.ChunkedArray, reading: Reading, notes: list[str]) -> Any:
        wanted: WantedType | None = self.types.get(name)
        pattern = self.dates.get(name)
        if pattern is not None:
            wanted = "date"
        reading = Reading(reading.missing, reading.most_categories, reading.where, reading.decimal, pattern)
        column, values = read_column(name, cells, wanted, reading)
        if column.dates is not None and pattern is None:
            present = [cell for cell in reading.known(cells) if cell is not None]
            found = date_pattern(present)
            if found is not None and isinstance(present[0], str) and ambiguous_days(present, found):
                notes.append(
                    f"the dates of {name!r} are read as day/month; where the month comes first, set "
                    f"`dates: {{{name}: {found.replace('%d/%m', '%m/%d')!r}}}`"
                )
        return column, values

    def _groups(self, cells: Cells, reading: Reading) -> NDArray[np.str_] | None:
        if self.groups is None:
            return None
        groups = ["" if cell is None else str(cell).strip() for cell in cells.table[self.groups].to_pylist()]
        if "" in groups:
            row = reading.where(groups.index(""))
            raise DataError(f"the column {self.groups!r} of `groups` is empty in {row}")
        return np.array(groups)

    def _targets(self, cells: Cells, reading: Reading) -> NDArray[np.float32] | None:
        if not self.targets:
            return None
        read = [read_column(name, cells.table[name], "numeric", reading) for name in self.targets]
        for column, values in read:
            if column.missing:
                row = int(np.flatnonzero(np.isnan(values))[0])
                raise DataError(
                    f"the target {column.name!r} is missing in {reading.where(row)}: remove the row"
                )
        return np.stack([values for _, values in read], axis=1).astype(np.float32)
