"""Conversion of a column of cells to numbers, with a detected or given type."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from genaug.data import Column
from genaug.data.columns import ColumnType
from genaug.errors import DataError
from genaug_plugins.sources.date_cells import date_pattern, dates_rule, read_date
from genaug_plugins.sources.number_cells import Decimal, integer, is_whole, number, number_form

if TYPE_CHECKING:
    import pyarrow as pa

WantedType = ColumnType | Literal["date"]

MISSING = ("", "NA", "N/A", "#N/A", "NaN", "nan", "null", "NULL", "None", "?")
"""Texts that represent a missing value, where nothing else is set."""
TRUE, FALSE = {"true", "t", "yes", "y"}, {"false", "f", "no", "n"}
_CODE = re.compile(r"[+-]?0\d+")
"""A number with a leading zero is a code (a postcode), which would not survive a conversion to a number."""


@dataclass(frozen=True)
class Reading:
    """Settings of the conversion of cells to numbers.

    Attributes:
        missing: texts that represent a missing value.
        most_categories: maximum for a column whose type is detected.
        where: gives the name of a row for messages.
        decimal: sign between the whole part of a number and its digits.
        date_pattern: how dates are written; None: found out.
    """

    missing: Collection[str]
    most_categories: int
    where: Callable[[int], str]
    decimal: Decimal = "."
    date_pattern: str | None = None

    def known(self, cells: pa.ChunkedArray) -> list[Any]:
        """Return the cells of a column, None where a value is missing."""
        return [self._known(cell) for cell in cells.to_pylist()]

    def gap(self, cells: pa.ChunkedArray) -> str:
        """Return how a missing value is written, where all are written alike; else "", an empty cell."""
        texts = {cell.strip() for cell in cells.to_pylist() if isinstance(cell, str)} & set(self.missing)
        return texts.pop() if len(texts) == 1 else ""

    def _known(self, cell: Any) -> Any:
        if isinstance(cell, str):
            cell = cell.strip()
            return None if cell in self.missing else cell
        return None if isinstance(cell, float) and np.isnan(cell) else cell


def read_column(
    name: str, cells: pa.ChunkedArray, wanted: WantedType | None, reading: Reading
) -> tuple[Column, NDArray[np.float64]]:
    """Return the type of a column, and its values, float64 ``[N]`` with NaN where one is missing.

    Raises:
        DataError: naming column and row of the first value that cannot be read as its type.
    """
    known = reading.known(cells)
    present = [cell for cell in known if cell is not None]
    if not present:
        raise DataError(f"the column {name!r} has no value at all: add it to `ignore`")
    kind = wanted or _detect_type(name, known, reading)
    missing = len(present) < len(known)
    gap = reading.gap(cells) if missing else ""
    if kind == "categorical":
        categories = tuple(sorted({_text(cell) for cell in present}, key=_natural))
        codes = {text: float(code) for code, text in enumerate(categories)}
        values = [np.nan if cell is None else codes[_text(cell)] for cell in known]
        column = Column(name=name, type=kind, categories=categories, missing=missing, gap=gap)
        return column, np.array(values, dtype=np.float64)
    if kind == "date":
        pattern = reading.date_pattern or date_pattern(present) or "%Y-%m-%d"
        moments = _converted(name, known, partial(read_date, pattern=pattern), reading)
        dates = dates_rule([moment for moment in moments if moment is not None], pattern, present)
        values = [np.nan if moment is None else dates.number(moment) for moment in moments]
        kind = "integer" if dates.whole else "numeric"
        column = Column(name=name, type=kind, missing=missing, dates=dates, gap=gap)
        return column, np.array(values, dtype=np.float64)
    converters: dict[str, Callable[[Any], float]] = {
        "numeric": partial(number, decimal=reading.decimal),
        "integer": partial(integer, decimal=reading.decimal),
        "boolean": _boolean,
    }
    numbers = _converted(name, known, converters[kind], reading)
    words = _words(present) if kind == "boolean" else None
    form = None if kind == "boolean" else number_form(present, reading.decimal)
    values = [np.nan if value is None else value for value in numbers]
    column = Column(name=name, type=kind, missing=missing, words=words, form=form, gap=gap)
    return column, np.array(values, dtype=np.float64)


def _converted(name: str, known: list[Any], convert: Callable[[Any], Any], reading: Reading) -> list[Any]:
    """Return the converted cells, None where missing."""
    converted = []
    for row, cell in enumerate(known):
        try:
            converted.append(None if cell is None else convert(cell))
        except ValueError as error:
            raise DataError(
                f"column {name!r}, {reading.where(row)}: {cell!r} {error}. Correct it, add it to `missing`, "
                f"or set `types: {{{name}: …}}`"
            ) from error
    return converted


def _detect_type(name: str, known: list[Any], reading: Reading) -> WantedType:
    present = [cell for cell in known if cell is not None]
    if all(isinstance(cell, bool) or _text(cell).lower() in TRUE | FALSE for cell in present):
        return "boolean"
    if not any(isinstance(cell, str) and _CODE.fullmatch(cell) for cell in present):
        if all(is_whole(cell, reading.decimal) for cell in present):
            return "integer"
        if all(_is(partial(number, decimal=reading.decimal), cell) for cell in present):
            return "numeric"
    if date_pattern(present) is not None:
        return "date"
    different = {_text(cell) for cell in present}
    if len(different) > reading.most_categories:
        row = next((row for row, cell in enumerate(known) if cell is not None and not _is(number, cell)), 0)
        raise DataError(
            f"the column {name!r} has {len(different)} different texts, too many for a category (the first "
            f"that is not a number is {known[row]!r} in {reading.where(row)}): add it to `ignore`, or set "
            f"`types: {{{name}: categorical}}`, or, if it should be a number, correct it"
        )
    return "categorical"


def _is(convert: Callable[[Any], float], cell: Any) -> bool:
    try:
        convert(cell)
    except ValueError:
        return False
    return True


def _boolean(cell: Any) -> float:
    text = _text(cell).lower()
    if text in TRUE | {"1"}:
        return 1.0
    if text in FALSE | {"0"}:
        return 0.0
    raise ValueError("is neither true nor false")


def _words(present: list[Any]) -> tuple[str, str] | None:
    """Return how false and true are written, where other texts than `false` and `true` are used."""
    texts = {_text(cell) for cell in present if isinstance(cell, str)}
    false, true = (sorted(text for text in texts if _boolean(text) == value) for value in (0, 1))
    if len(false) != 1 or len(true) != 1 or (false[0], true[0]) == ("false", "true"):
        return None
    return false[0], true[0]


def _text(cell: Any) -> str:
    if isinstance(cell, bytes):
        raise DataError("a table of bytes cannot be read: save texts")
    return str(cell)


def _natural(text: str) -> tuple[bool, float, str]:
    """Sort numbers by value, before texts."""
    value = number(text) if _is(number, text) else np.inf
    return value == np.inf, value, text
