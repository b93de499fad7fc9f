"""Cells that are numbers, with a decimal point or comma."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

from genaug.data.columns import LARGEST_INTEGER

Decimal = Literal[".", ","]

_WHOLE = re.compile(r"[+-]?\d+")
_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+")
"""A number with a decimal comma, with or without points between thousands."""
_THOUSANDS = {
    ".": re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?"),
    ",": re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d*)?"),
}
"""A number with its thousands separated, for each decimal sign."""


def has_decimal_commas(cells: Iterable[Any]) -> bool:
    """Return whether the cells of a column are numbers of which some have a decimal comma, without a doubt.

    `1,234` alone is in doubt: it may be a thousand.
    """
    sure = False
    for cell in cells:
        if not isinstance(cell, str):
            return False
        if _COMMA.fullmatch(cell):
            sure = sure or len(cell.split(",")[1]) != 3 or cell.lstrip("+-").startswith("0,")
        elif not _WHOLE.fullmatch(cell) and not _THOUSANDS[","].fullmatch(cell):
            return False
    return sure


def is_whole(cell: Any, decimal: Decimal = ".") -> bool:
    """Return whether a cell is written as a whole number."""
    if isinstance(cell, bool):
        return False
    return isinstance(cell, int) or (isinstance(cell, str) and bool(_WHOLE.fullmatch(_point(cell, decimal))))


def number(cell: Any, decimal: Decimal = ".") -> float:
    """Return a cell as a finite number.

    Raises:
        ValueError: if it is none; a whole number beyond 2^53 is none.
    """
    if isinstance(cell, bool):
        raise ValueError("is not a number")
    value = _plain(cell, decimal)
    if not np.isfinite(value):
        raise ValueError("is not a finite number")
    if is_whole(cell, decimal):
        integer(cell, decimal)
    return value


def integer(cell: Any, decimal: Decimal = ".") -> float:
    """Return a cell as a whole number up to 2^53.

    Raises:
        ValueError: if it is none.
    """
    if is_whole(cell, decimal):
        whole = int(_point(cell, decimal)) if isinstance(cell, str) else int(cell)
        if abs(whole) > LARGEST_INTEGER:
            raise ValueError(
                "is beyond 2^53, where float64 cannot represent every whole number (is it an id?)"
            )
        return float(whole)
    value = _plain(cell, decimal)
    if isinstance(cell, bool) or not np.isfinite(value) or value != np.rint(value):
        raise ValueError("is not a whole number")
    return value


def _plain(cell: Any, decimal: Decimal) -> float:
    try:
        return float(_point(cell, decimal) if isinstance(cell, str) else cell)
    except (TypeError, ValueError):
        raise ValueError("is not a number") from None


def _point(cell: str, decimal: Decimal) -> str:
    """Return the text of a number as Python writes it."""
    if _THOUSANDS[decimal].fullmatch(cell):
        cell = cell.replace("," if decimal == "." else ".", "")
    return cell.replace(",", ".") if decimal == "," else cell
