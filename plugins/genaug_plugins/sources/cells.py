"""Files of cells by named columns: CSV, JSON lines and parquet, read with pyarrow."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from genaug.errors import DataError
from genaug_plugins.sources.files import existing_file

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")
TABLE_FILE = f"a {', '.join(SUFFIXES)} file"
"""The wanted kind of file, for errors."""


def read_cells(path: Path, delimiter: str | None = None) -> pa.Table:
    """Read a file: the cells of CSV and TSV as unchanged texts, JSON lines and parquet with their types.

    Raises:
        DataError: where the file is missing, of another kind, or cannot be read; naming the line.
    """
    path = existing_file(path, TABLE_FILE)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DataError(f"{path} is not one of {', '.join(SUFFIXES)}, the kinds of file that are read")
    if suffix == ".parquet":
        table = _read_parquet(path)
    elif suffix == ".jsonl":
        table = _read_json_lines(path)
    else:
        table = _read_csv(path, delimiter or _delimiter(path))
    names = table.column_names
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or "" in names:
        found = f"several columns called {twice[0]!r}" if twice else "a column without a name"
        raise DataError(f"{path} has {found}: each column needs a unique name in the first line")
    if not table.num_rows:
        raise DataError(f"{path} has no rows")
    return table


def _delimiter(path: Path) -> str:
    return "\t" if path.suffix.lower() == ".tsv" else ","


def row_name(path: Path, row: int, delimiter: str | None = None) -> str:
    """Return the name of a row for messages: ``line 7 of people.csv``."""
    if path.suffix.lower() in (".csv", ".tsv"):
        # A cell may contain line breaks; only Python's reader counts lines. This runs once, in an error.
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=delimiter or _delimiter(path))
            seen, line = -1, 1
            for cells in reader:
                seen += bool(cells)  # empty lines are not rows
                if seen > row:
                    return f"line {line} of {path.name}"
                line = reader.line_num + 1
    return f"row {row + 1} of {path.name}"


def need_columns(path: Path, table: pa.Table, names: Sequence[str]) -> None:
    """Raise an error for names that are not columns of the file.

    Raises:
        DataError: with the list of columns.
    """
    for name in names:
        if name not in table.column_names:
            raise DataError(
                f"{path.name} has no column {name!r}; its columns are {', '.join(table.column_names)}"
            )


def _read_csv(path: Path, delimiter: str) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    options = {"read_options": arrow_csv.ReadOptions(use_threads=False, encoding="utf8")}
    parse = arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file, delimiter=delimiter), [])
        convert = arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
        )
        return arrow_csv.read_csv(path, parse_options=parse, convert_options=convert, **options)
    except pa.ArrowInvalid as error:
        raise DataError(f"{path} cannot be read as CSV: {error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text: {error}. Save it as UTF-8") from error


def _read_json_lines(path: Path) -> pa.Table:
    import pyarrow as pa

    rows = []
    with path.open(encoding="utf-8") as file:
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
    return pa.table(columns)


def _read_parquet(path: Path) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"{path} cannot be read as parquet: {error}") from error
