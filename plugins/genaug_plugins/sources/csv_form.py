"""The form of a CSV file: its encoding and the separator of its cells."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from genaug.errors import DataError

SEPARATORS = (",", ";", "\t", "|")
"""Separators that are recognized; the first that gives the same number of cells in each line is taken."""
LINES = 50
"""Number of lines that are looked at."""


@dataclass(frozen=True)
class CsvForm:
    """The form of a CSV file.

    Attributes:
        delimiter: separator of the cells.
        encoding: name of the encoding.
        header: cells of the first line.
        notes: what was found out and is not the usual, one sentence each.
    """

    delimiter: str
    encoding: str
    header: tuple[str, ...]
    notes: tuple[str, ...]


def csv_form(path: Path, delimiter: str | None, encoding: str | None) -> CsvForm:
    """Return the form of an existing file: as set, else found out.

    Raises:
        DataError: if the text is not of the encoding, with what to set.
    """
    notes = []
    encoding_used = encoding or _encoding(path)
    if encoding is None and encoding_used != "utf-8-sig":
        notes.append(f"{path.name} is encoded in {encoding_used}, as its first bytes say")
    start = _first_lines(path, encoding_used, encoding is not None)
    found = delimiter or ("\t" if path.suffix.lower() == ".tsv" else _separator(start))
    if delimiter is None and found != ("\t" if path.suffix.lower() == ".tsv" else ","):
        shown = "tabs" if found == "\t" else repr(found)
        notes.append(f"the cells of {path.name} are separated by {shown}; set `delimiter` for another one")
    header = next(csv.reader(io.StringIO(start), delimiter=found), [])
    return CsvForm(found, encoding_used, tuple(header), tuple(notes))


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(2)
    return "utf-16" if start in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def _first_lines(path: Path, encoding: str, chosen: bool) -> str:
    """Return the first lines, after decoding the whole file once."""
    lines: list[str] = []
    try:
        with path.open(encoding=encoding, newline="") as file:
            for line in file:
                if len(lines) < LINES:
                    lines.append(line)
    except LookupError as error:
        raise DataError(
            f"there is no encoding {encoding!r}: set `encoding` to utf-8, latin-1, cp1252 or utf-16"
        ) from error
    except UnicodeError as error:
        raise DataError(
            f"{path.name} is not {encoding.removesuffix('-sig').upper()} text: {error}. "
            + (
                "Set another `encoding`"
                if chosen
                else "Set `encoding: cp1252` if Excel on Windows saved it, `encoding: latin-1` for older "
                "Western European files, or save it as UTF-8"
            )
        ) from error
    return "".join(lines)


def _separator(start: str) -> str:
    """Return the separator that gives the same number of cells, 2 or more, in each of the first lines."""
    best, most = ",", 1
    for separator in SEPARATORS:
        try:
            rows = [row for row in csv.reader(io.StringIO(start), delimiter=separator) if row]
        except csv.Error:
            continue
        # The last line may be cut within a cell that contains line breaks.
        widths = {len(row) for row in (rows[:-1] if len(rows) > 2 else rows)}
        if len(widths) == 1 and max(widths) > most:
            if separator == ",":
                return ","
            best, most = separator, max(widths)
    return best
