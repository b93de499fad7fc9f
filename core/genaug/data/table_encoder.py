"""The encoding of table rows for distances and linear models."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genaug.data.columns import Column
from genaug.data.spread import ROUNDING_64, mean_and_spread, scales

Table = NDArray[np.float64]


class TableEncoder:
    """An encoder of table rows, fitted to the columns' means and deviations.

    A numeric, integer or boolean column becomes ``(x − mean) / std`` with 0 (the mean) where the value
    is missing; a categorical column one column of 0 and 1 for each category, all 0 where it is
    missing; a column that allows missing values adds an indicator, 1 where the value is missing.
    Mean and standard deviation are computed from the known values of the fit; a number that is constant
    there is divided by its absolute value instead, because another value must not have a unit either; one
    that is always 0 there is 0 everywhere.

    Args:
        columns: of the table.
        values: float64 ``[N, D]``, NaN where missing, for the fit.

    Attributes:
        names: of the encoded columns: ``age``, ``colour=red``, ``age is missing``.
    """

    def __init__(self, columns: Sequence[Column], values: Table) -> None:
        self._columns = tuple(columns)
        self._mean, spread = mean_and_spread(values, ROUNDING_64)
        self._spread = scales(self._mean, spread)
        for number, column in enumerate(columns):
            if column.type == "boolean" and spread[number] == 0:
                self._spread[number] = 1.0
        names: list[str] = []
        for column in columns:
            if column.type == "categorical":
                names += [f"{column.name}={category}" for category in column.categories]
            else:
                names.append(column.name)
            if column.missing:
                names.append(f"{column.name} is missing")
        self.names = tuple(names)

    def __call__(self, values: Table) -> Table:
        """Return the encoded rows, float64 ``[N, len(names)]``, all finite."""
        parts: list[NDArray[np.float64]] = []
        for number, column in enumerate(self._columns):
            cells = values[:, number]
            if column.type == "categorical":
                parts.append((cells[:, None] == np.arange(len(column.categories))).astype(np.float64))
            else:
                scaled = (cells - self._mean[number]) / self._spread[number]
                parts.append(np.where(np.isnan(cells), 0.0, scaled)[:, None])
            if column.missing:
                parts.append(np.isnan(cells)[:, None].astype(np.float64))
        return np.concatenate(parts, axis=1)
