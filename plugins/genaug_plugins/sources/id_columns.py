"""Columns that identify rows: told by their names and values."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

FEWEST = 20
"""Fewest values of a column that is judged."""
MOSTLY = 0.9
"""Least share of different values of a column that is called an id: some rows may stand there twice."""
NAMES = frozenset(
    ("id", "ids", "uuid", "guid", "key", "index", "idx", "nr", "no", "number", "num", "rownum", "row")
)
_ENDS = ("nummer", "number", "uuid", "guid")


def is_called_id(name: str) -> bool:
    """Return whether a column is called like an id: id, customer_id, PassengerId, KundenNr, Unnamed: 0."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name.strip())
    words = re.findall(r"[^\W_]+", spaced.lower())
    if not words or words[0] == "unnamed":
        return True
    return words[-1] in NAMES or words[0] in ("id", "uuid", "guid", "index") or words[-1].endswith(_ENDS)


def identifies(name: str, different: int, present: int, whole: NDArray[np.float64] | None) -> bool:
    """Return whether a column of words or whole numbers tells rows apart and nothing else.

    Args:
        name: of the column.
        different: number of different values.
        present: number of values.
        whole: the values of a column of whole numbers; None: of words.
    """
    if present < FEWEST:
        return False
    if is_called_id(name) and different >= MOSTLY * present:
        return True
    if different < present:
        return False
    return whole is None or bool(np.ptp(whole) < 1.1 * len(whole))  # words, or a count with few gaps
