"""The cells of a sheet of an Excel file (.xlsx)."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genaug.errors import DataError, MissingRequirement

if TYPE_CHECKING:
    import pyarrow as pa


def read_excel(path: Path, sheet: str | None) -> tuple[pa.Table, tuple[str, ...]]:
    """Return the cells of a sheet, and notes; a line of names first, empty lines are left out.

    Args:
        path: an existing .xlsx file.
        sheet: its name; None: the first one.

    Raises:
        MissingRequirement: if openpyxl is not installed.
        DataError: if the file cannot be read, or has no such sheet.
    """
    import pyarrow as pa

    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise MissingRequirement(
            "reading .xlsx files needs openpyxl: pip install 'genaug[tables]', or save the sheet as CSV"
        ) from error
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl lets errors of zipfile and of its XML reader pass
        raise DataError(f"{path} cannot be read as an Excel file: {error}") from error
    try:
        names = book.sheetnames
        if sheet is not None and sheet not in names:
            raise DataError(f"{path.name} has no sheet {sheet!r}; its sheets are {', '.join(names)}")
        rows = [row for row in book[sheet or names[0]].iter_rows(values_only=True) if any(map(_filled, row))]
    finally:
        book.close()
    if not rows:
        raise DataError(f"the sheet {sheet or names[0]!r} of {path.name} is empty")
    notes: tuple[str, ...] = ()
    if sheet is None and len(names) > 1:
        notes = (f"{path.name} has {len(names)} sheets ({', '.join(names)}): the first is read; set `sheet`",)
    width = max(place + 1 for row in rows for place, cell in enumerate(row) if _filled(cell))
    header = ["" if cell is None else str(cell).strip() for cell in rows[0][:width]]
    if len(header) < width or "" in header:
        raise DataError(f"{path.name} has a column without a name: the first line must name each column")
    columns = [
        _column([row[place] if place < len(row) else None for row in rows[1:]]) for place in range(width)
    ]
    return pa.Table.from_arrays(columns, names=header), notes


def _filled(cell: Any) -> bool:
    return cell is not None and cell != ""


def _column(cells: list[Any]) -> pa.Array:
    """Return cells of one kind as they are, of several kinds as texts."""
    import pyarrow as pa

    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {int, float}:
        return pa.array([None if cell is None else float(cell) for cell in cells], pa.float64())
    if (len(kinds) <= 1 and time not in kinds) or kinds == {date, datetime}:
        return pa.array(cells)
    return pa.array([None if cell is None else str(cell) for cell in cells], pa.string())
