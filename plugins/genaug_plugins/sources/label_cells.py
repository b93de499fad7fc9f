"""Cells that hold the class of a sample: which of them mean that it is not known, in any source."""

from __future__ import annotations

from typing import Any

from genaug_plugins.sources.column_types import MISSING

NO_INDEX = -1
"""As an index of given class names: no class, as in Hugging Face and scikit-learn data sets."""


def label_text(cell: Any) -> str:
    """Return a label as the name of its class; "" where there is none: empty, NaN, or a word such as `NA`.

    A label of -1 is a class like any other, since there are classes -1 and 1; see `NO_INDEX`.
    """
    if cell is None or (isinstance(cell, float) and cell != cell):
        return ""
    text = str(cell).strip()
    return "" if text in MISSING else text
