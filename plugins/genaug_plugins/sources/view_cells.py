"""A column that assigns rows to views: the words that people use for training, validation and test."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from genaug.errors import DataError

WORDS = {
    "train": ("train", "training", "tr", "learn", "fit"),
    "validation": ("validation", "valid", "val", "dev", "development"),
    "test": ("test", "testing", "te", "holdout", "hold-out", "heldout", "eval", "evaluation"),
}
"""The words for each view, in any case."""
_VIEW = {word: view for view, words in WORDS.items() for word in words}


def view_cells(name: str, cells: Sequence[object], where: Callable[[int], str]) -> NDArray[np.str_]:
    """Return the view of each row, ``[N]``; empty where the cell is empty.

    Args:
        name: of the column.
        cells: texts, or None.
        where: gives the name of a row for messages.

    Raises:
        DataError: for a word that is no view, naming its row.
    """
    views = []
    for row, cell in enumerate(cells):
        word = "" if cell is None else str(cell).strip()
        view = _VIEW.get(word.lower(), "" if not word else None)
        if view is None:
            known = ", ".join(words[0] for words in WORDS.values())
            raise DataError(
                f"column {name!r}, {where(row)}: {word!r} is not a view. The words are {known} (or "
                "val, dev, holdout, …), and an empty cell is split by genaug"
            )
        views.append(view)
    return np.array(views)
