"""Files of cells by named columns: CSV, JSON lines, parquet and Excel."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from genaug.errors import DataError
from genaug_plugins.sources.csv_form import CsvForm, csv_form
from genaug_plugins.sources.files import existing_file

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet", ".xlsx")
TABLE_FILE = f"a {', '.join(SUFFIXES)} file"
"""The wanted kind of file, for errors."""
SAME = {".txt": ".csv", ".ndjson": ".jsonl", ".pq": ".parquet"}
"""Other suffixes of these kinds."""


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a file.

    Attributes:
        path: the file.
        table: the cells: of CSV files as unchanged texts, else with their types.
        form: of a CSV file.
        notes: what was found out about the file and is not the usual, one sentence each.
        rest: the cells of a second file, at the end of the table.
    """

    path: Path
    table: pa.Table
    form: CsvForm | None = None
    notes: tuple[str, ...] = ()
    rest: Cells | None = None

    def then(self, other: Cells, ignore: Sequence[str] = ()) -> Cells:
        """Return the cells of this file followed by those of another one with the same columns.

        Args:
            other: the cells of the second file.
            ignore: columns that it need not have; they are left out if it has not.

        Raises:
            DataError: where the other lacks a column.
        """
        import pyarrow as pa

        own = self.table.column_names
        names = [name for name in own if name not in ignore or name in other.table.column_names]
        other.need(names)
        tables = [self.table.select(names), other.table.select(names)]
        try:
            joined = pa.concat_tables(tables, promote_options="permissive")
        except pa.ArrowInvalid as error:
            raise DataError(f"{self.path.name} and {other.path.name} do not fit together: {error}") from error
        return Cells(self.path, joined, self.form, (*self.notes, *other.notes), other)

    def where(self, row: int) -> str:
        """Return the name of a row for messages: ``line 7 of people.csv``."""
        own = self.table.num_rows - (self.rest.table.num_rows if self.rest else 0)
        if self.rest is not None and row >= own:
            return self.rest.where(row - own)
        if self.form is not None:
            # A cell may contain line breaks; only Python's reader counts lines. This runs once, in an error.
            with self.path.open(encoding=self.form.encoding, newline="") as file:
                reader = csv.reader(file, delimiter=self.form.delimiter)
                seen, line = -1, 1
                for cells in reader:
                    seen += bool(cells)  # empty lines are not rows
                    if seen > row:
                        return f"line {line} of {self.path.name}"
                    line = reader.line_num + 1
        return f"row {row + 1} of {self.path.name}"

    def need(self, names: Sequence[str]) -> None:
        """Raise an error for names that are not columns of the file.

        Raises:
            DataError: with the list of columns.
        """
        columns = self.table.column_names
        for name in names:
            if name not in columns:
                shown = ", ".join(columns[:50]) + (
                    f" and {len(columns) - 50} more" if len(columns) > 50 else ""
                )
                raise DataError(f"{self.path.name} has no column {name!r}; its columns are {shown}")


def kind_of(path: Path) -> str:
    """Return the kind of a file of cells as its usual suffix, "" for any other file."""
    suffix = path.suffix.lower()
    return suffix if suffix in SUFFIXES else SAME.get(suffix, "")


def read_cells(
    path: Path, delimiter: str | None = None, encoding: str | None = None, sheet: str | None = None
) -> Cells:
    """Read a file.

    Args:
        path: the file; its suffix tells its kind.
        delimiter: separator of the cells of a CSV file; None: found out.
        encoding: of a CSV file; None: UTF-8, or UTF-16 where its first bytes say so.
        sheet: name of a sheet of an Excel file; None: the first.

    Raises:
        DataError: where the file is missing, of another kind, or cannot be read; naming the line.
    """
    path = existing_file(path, TABLE_FILE)
    kind = kind_of(path)
    if not kind:
        old = " Save an .xls file as .xlsx" if path.suffix.lower() == ".xls" else ""
        raise DataError(f"{path} is not one of {', '.join(SUFFIXES)}, the kinds of file that are read.{old}")
    form: CsvForm | None = None
    notes: tuple[str, ...] = ()
    if kind == ".parquet":
        table = _read_parquet(path)
    elif kind == ".jsonl":
        table = _read_json_lines(path)
    elif kind == ".xlsx":
        from genaug_plugins.sources.excel import read_excel

        table, notes = read_excel(path, sheet)
    else:
        form = csv_form(path, delimiter, encoding)
        table, notes = _named(_read_csv(path, form), form.notes)
    names = table.column_names
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or "" in names:
        found = f"several columns called {twice[0]!r}" if twice else "a column without a name"
        raise DataError(f"{path} has {found}: each column needs a unique name in the first line")
    if not table.num_rows:
        raise DataError(f"{path} has no rows")
    return Cells(path, table, form, notes)


def _read_csv(path: Path, form: CsvForm) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    encoding = "utf8" if form.encoding == "utf-8-sig" else form.encoding
    options = {"read_options": arrow_csv.ReadOptions(use_threads=False, encoding=encoding)}
    parse = arrow_csv.ParseOptions(delimiter=form.delimiter, newlines_in_values=True)
    convert = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(form.header, pa.string()), strings_can_be_null=False
    )
    try:
        with path.open("rb") as file:  # pyarrow opens no path with bytes that are not UTF-8
            return arrow_csv.read_csv(file, parse_options=parse, convert_options=convert, **options)
    except pa.ArrowInvalid as error:
        raise DataError(f"{path} cannot be read as CSV: {error}") from error


def _named(table: pa.Table, notes: tuple[str, ...]) -> tuple[pa.Table, tuple[str, ...]]:
    """Return the table with names for columns that have none, as an index that pandas writes; and notes."""
    names = [name.strip() and name for name in table.column_names]
    lacking = [place for place, name in enumerate(names) if not name]
    for place in lacking:
        names[place] = f"Unnamed: {place}"  # as pandas calls it
    if lacking:
        called = ", ".join(repr(names[place]) for place in lacking[:3])
        notes = (*notes, f"columns without a name are called {called}{' …' if len(lacking) > 3 else ''}")
    return table.rename_columns(names), notes


def _read_json_lines(path: Path) -> pa.Table:
    import pyarrow as pa

    rows = []
    with path.open(encoding="utf-8-sig") as file:
        try:
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except json.JSONDecodeError as error:
                    raise DataError(f"line {number} of {path} is not JSON: {error}") from error
                if not isinstance(row, dict):
                    raise DataError(f"line {number} of {path} is not an object {{…}}")
                rows.append(row)
        except UnicodeDecodeError as error:
            raise DataError(f"{path} is not UTF-8 text: {error}. Save it as UTF-8") from error
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {}
    for name in names:
        try:
            columns[name] = pa.array([row.get(name) for row in rows])
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
            raise DataError(f"the values of {name!r} in {path} are not of one type: {error}") from error
        except UnicodeEncodeError as error:
            raise DataError(
                f"a text of {name!r} in {path} contains half of a surrogate pair (\\ud800 … \\udfff), "
                "which is no character: correct it"
            ) from error
    return pa.table(columns)


def _read_parquet(path: Path) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with path.open("rb") as file:  # pyarrow opens no path with bytes that are not UTF-8
            return pq.read_table(file)
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"{path} cannot be read as parquet: {error}") from error
