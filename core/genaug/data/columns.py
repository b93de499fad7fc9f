"""The columns of a table."""

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from genaug.data.dates import Dates
from genaug.data.number_form import DecimalSign, NumberForm

ColumnType = Literal["numeric", "integer", "categorical", "boolean"]

LARGEST_INTEGER = 2**53
"""float64 represents every whole number exactly up to this absolute value."""


class Column(BaseModel):
    """One column of a table, as float64: numbers, category codes, 0 and 1; NaN where a value is missing."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str = Field(min_length=1)
    """The column's name in the file that it comes from, and in the file that is written."""
    type: ColumnType
    """`numeric`, `integer`, `categorical` or `boolean`."""
    categories: tuple[str, ...] = ()
    """Of a categorical column: code i means `categories[i]`."""
    missing: bool = False
    """Whether values may be missing (NaN)."""
    dates: Dates | None = None
    """Of a column of dates: the rule by which its numbers are dates."""
    form: NumberForm | None = None
    """Of a column of numbers: how they are written, and rounded; None: as Python writes them, unrounded."""
    gap: str = ""
    """How a missing value is written in the file."""
    words: tuple[str, str] | None = None
    """Of a boolean column: how false and true are written in the file; None: `false` and `true`."""

    @model_validator(mode="after")
    def _categories_fit_the_type(self) -> Self:
        if (self.type == "categorical") != bool(self.categories):
            raise ValueError(
                f"column {self.name!r} is {self.type} and has {len(self.categories)} categories: "
                "a categorical column has at least one, others have none"
            )
        if self.dates is not None and self.type not in ("integer", "numeric"):
            raise ValueError(f"column {self.name!r} is {self.type}: dates are integer or numeric")
        if len(set(self.categories)) < len(self.categories):
            raise ValueError(f"column {self.name!r} has two equal categories")
        return self

    def fault(self, values: NDArray[np.float64]) -> str | None:
        """Return what is wrong with values ``[N]`` of this column, or None."""
        missing = np.isnan(values)
        if missing.any() and not self.missing:
            return f"{missing.sum()} of {len(values)} values are missing, and the column allows none"
        known = values[~missing]
        if not np.isfinite(known).all():
            return f"{(~np.isfinite(known)).sum()} of {len(values)} values are infinite"
        if self.type == "numeric":
            return None
        broken = known[known != np.rint(known)]
        if len(broken):
            return f"{len(broken)} of {len(values)} values are not whole numbers, the first is {broken[0]:g}"
        low, high = {
            "integer": (-LARGEST_INTEGER, LARGEST_INTEGER),
            "boolean": (0, 1),
            "categorical": (0, len(self.categories) - 1),
        }[self.type]
        outside = known[(known < low) | (known > high)]
        if len(outside):
            return f"{len(outside)} of {len(values)} values are not in {low} … {high}, one is {outside[0]:g}"
        return None


def written(column: Column, value: float, decimal: DecimalSign = ".") -> str:
    """Return a known number of a numeric or integer column as it is written in a file of texts."""
    if column.form is not None:
        return column.form.text(value, decimal)
    return str(int(value)) if column.type == "integer" else repr(float(value)).replace(".", decimal)


def decode_column(column: Column, values: NDArray[np.float64]) -> list[float | int | bool | str | None]:
    """Return values ``[N]`` for reading: category names, booleans, texts of dates, None where missing."""
    missing = np.isnan(values)
    if column.dates is not None:
        dates = column.dates
        return [
            None if gone else dates.text(value) for gone, value in zip(missing, values.tolist(), strict=True)
        ]
    if column.type == "numeric":
        return [None if gone else float(value) for gone, value in zip(missing, values, strict=True)]
    whole = np.where(missing, 0, np.rint(values)).astype(np.int64).tolist()
    known: Sequence[int | bool | str]
    if column.type == "categorical":
        known = [column.categories[code] for code in whole]
    elif column.type == "boolean":
        known = [bool(code) for code in whole]
    else:
        known = whole
    return [None if gone else value for gone, value in zip(missing, known, strict=True)]
