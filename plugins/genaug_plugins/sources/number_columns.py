"""Columns of many cells as numbers or texts, without a loop in Python where they are clean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from genaug.errors import DataError
from genaug_plugins.sources.column_types import Reading
from genaug_plugins.sources.number_cells import number

if TYPE_CHECKING:
    import pyarrow as pa


def number_column(name: str, cells: pa.ChunkedArray, reading: Reading) -> NDArray[np.float64]:
    """Return a column as float64 ``[N]``, NaN where a value is missing; a column may be empty.

    Raises:
        DataError: naming column and row of the first cell that is not a finite number.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(cells.type):
        cells = pc.utf8_trim_whitespace(cells)
        missing = pc.is_in(cells, value_set=pa.array(sorted(reading.missing), pa.string()))
        cells = pc.if_else(missing, pa.scalar(None, pa.string()), cells)
    if cells.null_count == len(cells):
        return np.full(len(cells), np.nan)
    if reading.decimal == "." and not pa.types.is_boolean(cells.type):
        try:
            values: NDArray[np.float64] = pc.cast(cells, pa.float64()).to_numpy().astype(np.float64)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            pass
        else:
            if not np.isinf(values).any():
                return values
    made = np.full(len(cells), np.nan)
    for row, cell in enumerate(reading.known(cells)):
        try:
            made[row] = np.nan if cell is None else number(cell, reading.decimal)
        except ValueError as error:
            raise DataError(
                f"column {name!r}, {reading.where(row)}: {cell!r} {error}. Correct it, or add the column to "
                "`ignore`"
            ) from error
    return made


def text_column(cells: pa.ChunkedArray) -> list[str]:
    """Return a column as texts without white space at their ends, empty where a value is missing."""
    return ["" if cell is None else str(cell).strip() for cell in cells.to_pylist()]
