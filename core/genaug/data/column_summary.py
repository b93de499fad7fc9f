"""What each column of a table contains, for people: type, missing values, range or categories."""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from genaug.data.columns import Column, decode_column

SHOWN = 5
"""Number of categories that are listed."""
LONGEST = 24
"""Longest text of a category."""


class ColumnSummary(BaseModel):
    """The contents of a column."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str
    type: str
    """`numeric`, `integer`, `categorical`, `boolean` or `date`."""
    missing: int
    """Rows without a value."""
    values: str
    """`18 … 93`, or the most frequent categories with their counts."""


def column_summaries(columns: tuple[Column, ...], values: NDArray[np.float64]) -> tuple[ColumnSummary, ...]:
    """Return the contents of the columns of a table ``[N, D]``."""
    return tuple(_summary(column, cells) for column, cells in zip(columns, values.T, strict=True))


def _summary(column: Column, cells: NDArray[np.float64]) -> ColumnSummary:
    known = cells[~np.isnan(cells)]
    kind = "date" if column.dates else column.type
    if not len(known):
        said = "no value"
    elif column.type in ("categorical", "boolean"):
        codes, counts = np.unique(known, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        names = decode_column(column, codes[order[:SHOWN]])
        shown = [_short(str(name)) for name in names]
        said = ", ".join(f"{name} {count}" for name, count in zip(shown, counts[order], strict=False))
        said += f" and {len(codes) - SHOWN} more" if len(codes) > SHOWN else ""
    else:
        low, high = decode_column(column, np.array([known.min(), known.max()]))
        said = f"{_number(low)} … {_number(high)}" if low != high else f"{_number(low)} only"
    return ColumnSummary(name=column.name, type=kind, missing=len(cells) - len(known), values=said)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
