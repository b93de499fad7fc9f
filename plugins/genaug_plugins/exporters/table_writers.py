"""Writers of tables, batch by batch: CSV, TSV, JSON lines, parquet and Excel."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genaug.errors import MissingRequirement
from genaug_plugins.exporters.rows import Row

if TYPE_CHECKING:
    import pyarrow as pa

Write = Callable[[list[Row]], None]
"""Write some rows."""
CELLS = (".csv", ".tsv")
"""Kinds of file in which everything is a text."""
TEXTS = (".csv", ".tsv", ".jsonl")
"""Kinds of file in which dates and booleans are texts, written as they were read."""


@contextmanager
def table_writer(path: Path, schema: pa.Schema, delimiter: str) -> Iterator[Write]:
    """Open a file of the kind of its suffix, and yield what writes rows into it.

    Args:
        path: a file that does not exist.
        schema: names and types of the columns; for .csv and .tsv files, only the names are used.
        delimiter: of a .csv file.

    Raises:
        MissingRequirement: for an .xlsx file without openpyxl.
    """
    import pyarrow as pa

    suffix = path.suffix
    if suffix == ".parquet":
        import pyarrow.parquet as pq

        with pq.ParquetWriter(path, schema) as file:
            yield lambda rows: file.write_table(pa.Table.from_pylist(rows, schema=schema))
    elif suffix == ".jsonl":
        with path.open("w", encoding="utf-8", newline="\n") as lines:
            yield lambda rows: lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    elif suffix == ".xlsx":
        with _sheet(path, schema.names) as write:
            yield write
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            cells = csv.writer(file, delimiter="\t" if suffix == ".tsv" else delimiter, lineterminator="\n")
            cells.writerow(schema.names)
            yield lambda rows: cells.writerows(
                [[_text(row.get(name)) for name in schema.names] for row in rows]
            )


def _text(value: Any) -> Any:
    """Return a value for a file of texts: booleans in small letters, numbers with all their digits."""
    return str(value).lower() if isinstance(value, bool) else value


@contextmanager
def _sheet(path: Path, names: list[str]) -> Iterator[Write]:
    try:
        from openpyxl import Workbook
    except ImportError as error:
        raise MissingRequirement(
            "writing .xlsx files needs openpyxl: pip install 'genaug[tables]', or set `format: csv`"
        ) from error
    book = Workbook(write_only=True)
    sheet = book.create_sheet("table")
    sheet.append(names)

    def write(rows: list[Row]) -> None:
        for row in rows:
            sheet.append([_cell(row.get(name)) for name in names])

    yield write
    book.save(path)


def _cell(value: Any) -> Any:
    """Return a value as Excel can hold it: dates from 1900 on are dates, earlier ones texts."""
    if isinstance(value, date | datetime) and value.year < 1900:
        return value.isoformat()
    return value
