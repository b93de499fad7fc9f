"""Rows of one table in the columns of another, joined by name."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from genaug.data import Column
from genaug.data.samples import BoolArray
from genaug.data.summary import count
from genaug.errors import DataError

Rows = NDArray[np.float64]
SHOWN = 3
"""Number of unknown values that a warning names."""


def aligned(rows: Rows, own: Sequence[Column], wanted: Sequence[Column]) -> tuple[Rows, BoolArray, list[str]]:
    """Return rows in other columns, which of them are valid, and what is wrong with the others.

    Categories and booleans are joined by their words, numbers by their values. A value that the wanted
    column cannot hold (a category that the data do not have, a missing value where none is allowed, a number
    that is not whole) makes its row invalid.

    Args:
        rows: float64 ``[N, len(own)]``.
        own: columns of the rows.
        wanted: columns of the result; those of ``own`` that are not among them are dropped.

    Raises:
        DataError: where a wanted column is missing, or cannot hold what its namesake holds.
    """
    places = {column.name: number for number, column in enumerate(own)}
    if lacking := [column.name for column in wanted if column.name not in places]:
        raise DataError(
            f"the candidates lack the column{'s' if len(lacking) > 1 else ''} "
            f"{', '.join(map(repr, lacking))}; they have {', '.join(places)}"
        )
    notes: list[str] = []
    if further := [name for name in places if name not in {column.name for column in wanted}]:
        notes.append(f"the candidates' columns {', '.join(further)} are not in the data, and left out")
    valid = np.ones(len(rows), dtype=np.bool_)
    parts = []
    for column in wanted:
        cells = rows[:, places[column.name]]
        values, unknown = _converted(cells, own[places[column.name]], column)
        bad = np.isin(np.arange(len(rows)), list(unknown))
        if not column.missing:
            bad |= np.isnan(values)
        if column.type in ("integer", "boolean"):
            bad |= ~np.isnan(values) & (values != np.rint(values))
        if bad.any():
            words = list(dict.fromkeys(unknown.values()))[:SHOWN]
            why = (
                f"values that the data do not have ({', '.join(map(repr, words))})"
                if words
                else ("values that are missing or not whole numbers")
            )
            notes.append(
                f"left out: {bad.sum():,} of {count(len(rows), 'row')}, where {column.name!r} has {why}"
            )
        valid &= ~bad
        parts.append(values)
    return np.stack(parts, axis=1) if parts else np.zeros((len(rows), 0)), valid, notes


def _converted(cells: Rows, own: Column, wanted: Column) -> tuple[Rows, dict[int, str]]:
    """Return cells as values of another column, and the words of those that it cannot hold, by row."""
    if (own.dates is None) != (wanted.dates is None):
        having, lacking = ("candidates", "data") if wanted.dates is None else ("data", "candidates")
        raise DataError(
            f"column {wanted.name!r} has dates in the {having}, and other values in the {lacking}: write "
            "both alike"
        )
    if own.dates is not None and wanted.dates is not None:  # days since other days
        days = cells + wanted.dates.number(datetime.fromisoformat(own.dates.start))
        return (np.rint(days) if wanted.dates.whole else days), {}
    worded = ("categorical", "boolean")
    if own.type not in worded and wanted.type not in worded:
        return cells.copy(), {}
    if wanted.type == "categorical":
        codes = {word: float(code) for code, word in enumerate(wanted.categories)}
    elif wanted.type == "boolean":
        false, true = wanted.words or ("false", "true")
        codes = {false: 0.0, true: 1.0, "0": 0.0, "1": 1.0, "false": 0.0, "true": 1.0}
    else:
        codes = {}
    values, unknown = np.full(len(cells), np.nan), {}
    for row in np.flatnonzero(~np.isnan(cells)).tolist():
        word = _word(float(cells[row]), own)
        if word in codes:
            values[row] = codes[word]
        elif wanted.type in worded:
            unknown[row] = word
        else:
            try:
                values[row] = float(word)
            except ValueError:
                unknown[row] = word
    return values, unknown


def _word(cell: float, column: Column) -> str:
    """Return how a value of a column is written."""
    if column.type == "categorical":
        return column.categories[int(cell)]
    if column.type == "boolean":
        return (column.words or ("false", "true"))[int(cell)]
    return str(int(cell)) if cell == int(cell) else repr(cell)
