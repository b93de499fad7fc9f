"""Conversion of a column of cells to numbers, with a detected or given type."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genaug.data import Column
from genaug.data.columns import LARGEST_INTEGER, ColumnType
from genaug.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

TRUE, FALSE = {"true", "t", "yes"}, {"false", "f", "no"}
_WHOLE = re.compile(r"[+-]?\d+")
_CODE = re.compile(r"[+-]?0\d+")
"""A number with a leading zero is a code (a postcode), which would not survive a conversion to a number."""


@dataclass(frozen=True)
class Reading:
    """Settings of the conversion of cells to numbers.

    Attributes:
        missing: texts that represent a missing value.
        most_categories: maximum for a column whose type is detected.
        where: gives the name of a row for messages.
    """

    missing: Collection[str]
    most_categories: int
    where: Callable[[int], str]


def read_column(
    name: str, cells: pa.ChunkedArray, wanted: ColumnType | None, reading: Reading
) -> tuple[Column, NDArray[np.float64]]:
    """Return the type of a column, and its values, float64 ``[N]`` with NaN where one is missing.

    Raises:
        DataError: naming column and row of the first value that cannot be read as its type.
    """
    known = [_known(cell, reading) for cell in cells.to_pylist()]
    present = [cell for cell in known if cell is not None]
    if not present:
        raise DataError(f"the column {name!r} has no value at all: add it to `ignore`")
    kind = wanted or _detect_type(name, known, reading)
    missing = len(present) < len(known)
    categories: tuple[str, ...] = ()
    if kind == "categorical":
        categories = tuple(sorted({_text(cell) for cell in present}, key=_natural))
        codes = {text: float(code) for code, text in enumerate(categories)}
        values = [np.nan if cell is None else codes[_text(cell)] for cell in known]
    else:
        convert = {"numeric": _number, "integer": _integer, "boolean": _boolean}[kind]
        values = []
        for row, cell in enumerate(known):
            try:
                values.append(np.nan if cell is None else convert(cell))
            except ValueError as error:
                raise DataError(
                    f"column {name!r}, {reading.where(row)}: {cell!r} {error}. Correct it, add it to "
                    "`missing`, "
                    f"or set `types: {{{name}: …}}`"
                ) from error
    column = Column(name=name, type=kind, categories=categories, missing=missing)
    return column, np.array(values, dtype=np.float64)


def _known(cell: Any, reading: Reading) -> Any:
    """Return a cell, or None where it is missing."""
    if isinstance(cell, str):
        cell = cell.strip()
        return None if cell in reading.missing else cell
    return None if isinstance(cell, float) and np.isnan(cell) else cell


def _detect_type(name: str, known: list[Any], reading: Reading) -> ColumnType:
    present = [cell for cell in known if cell is not None]
    if all(isinstance(cell, bool) or _text(cell).lower() in TRUE | FALSE for cell in present):
        return "boolean"
    if not any(isinstance(cell, str) and _CODE.fullmatch(cell) for cell in present):
        if all(_is_whole(cell) for cell in present):
            return "integer"
        if all(_is(_number, cell) for cell in present):
            return "numeric"
    different = {_text(cell) for cell in present}
    if len(different) > reading.most_categories:
        row = next((row for row, cell in enumerate(known) if cell is not None and not _is(_number, cell)), 0)
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


def _is_whole(cell: Any) -> bool:
    if isinstance(cell, bool):
        return False
    return isinstance(cell, int) or (isinstance(cell, str) and bool(_WHOLE.fullmatch(cell)))


def _number(cell: Any) -> float:
    if isinstance(cell, bool):
        raise ValueError("is not a number")
    value = _plain(cell)
    if not np.isfinite(value):
        raise ValueError("is not a finite number")
    if _is_whole(cell):
        _integer(cell)
    return value


def _integer(cell: Any) -> float:
    if _is_whole(cell):
        if abs(int(cell)) > LARGEST_INTEGER:
            raise ValueError(
                "is beyond 2^53, where float64 cannot represent every whole number (is it an id?)"
            )
        return float(int(cell))
    value = _plain(cell)
    if isinstance(cell, bool) or not np.isfinite(value) or value != np.rint(value):
        raise ValueError("is not a whole number")
    return value


def _plain(cell: Any) -> float:
    try:
        return float(cell)
    except (TypeError, ValueError):
        raise ValueError("is not a number") from None


def _boolean(cell: Any) -> float:
    text = _text(cell).lower()
    if text in TRUE | {"1"}:
        return 1.0
    if text in FALSE | {"0"}:
        return 0.0
    raise ValueError("is neither true nor false")


def _text(cell: Any) -> str:
    if isinstance(cell, bytes):
        raise DataError("a table of bytes cannot be read: save texts")
    return str(cell)


def _natural(text: str) -> tuple[bool, float, str]:
    """Sort numbers by value, before texts."""
    number = float(text) if _is(_number, text) else np.inf
    return number == np.inf, number, text
