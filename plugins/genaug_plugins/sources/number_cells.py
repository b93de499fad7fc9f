"""Cells that are numbers, with a decimal point or comma."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal as Exact
from typing import Any

import numpy as np

from genaug.data.columns import LARGEST_INTEGER
from genaug.data.number_form import DecimalSign, NumberForm

Decimal = DecimalSign
EXACT = 15
"""Significant digits from which a number is one that a computer computed, and not rounded by anybody."""

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


def number_form(present: Iterable[Any], decimal: Decimal = ".") -> NumberForm | None:
    """Return how the numbers of a column are written; None where they are unrounded results of computation.

    Args:
        present: its cells, all numbers.
        decimal: the decimal sign of texts.
    """
    least, most, thousands, plain, exponents = 300, 0, False, False, False
    for cell in present:
        text = cell if isinstance(cell, str) else repr(cell) if isinstance(cell, float) else str(cell)
        sign: Decimal = decimal if isinstance(cell, str) else "."
        point = _point(text, sign)
        _, digits, exponent = Exact(point).as_tuple()
        assert isinstance(exponent, int), "the cells are finite"
        decimals = max(0, -exponent)
        if len(digits) >= EXACT or decimals > 300:
            return None
        if "e" in point.lower():
            exponents, least = True, 0
        separated = isinstance(cell, str) and bool(_THOUSANDS[decimal].fullmatch(cell))
        thousands |= separated
        plain |= not separated and len(point.lstrip("+-").partition(".")[0]) > 3
        least, most = min(least, decimals), max(most, decimals)
    return NumberForm(decimals=most, least=least, thousands=thousands and not plain, exponents=exponents)


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
