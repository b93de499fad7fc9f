"""The numbers in which flows learn rows: normal scores of numbers, ±1 for categories and gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from genaug.data import Column, SampleSpec

Table = NDArray[np.float64]

QUANTILES = 1000
"""Maximum number of quantiles that are stored for a column of numbers."""


class FlowColumns:
    """Encoding of rows as E real numbers, and back to valid rows.

    - A number is its normal score z = Φ⁻¹(p), p the share of training values below it and half of those
      equal to it. Back, a value is the quantile at Φ(z), linear between observed values, so never outside
      them; what is observed often has its share of all values.
    - A category is one column for each category that occurs, 1 for the row's category and −1 for others;
      back, the largest. A boolean is one column, by its sign.
    - A column with some values missing has a further one: 1 where the value is missing. Back, the value is
      missing where it is above 0.
    - A constant column is no column; back, it has its value.

    Args:
        columns: of the rows; of vectors: numeric ones.
        tensors: for column d: ``points/d``, the quantiles, or the codes that occur; ``at/d``, the
            probabilities of quantiles; ``gaps`` ``[D]``, the share of missing values.

    Attributes:
        width: E.
    """

    def __init__(self, columns: Sequence[Column], tensors: Mapping[str, NDArray[Any]]) -> None:
        self.columns = tuple(columns)
        self.tensors = {
            name: part for name, part in tensors.items() if name.startswith(("points/", "at/", "gaps"))
        }
        self._gaps: NDArray[np.float64] = self.tensors["gaps"]
        self._places: list[slice] = []
        """Of each column: its place among the E."""
        self.width = 0
        for number in range(len(self.columns)):
            points = self.tensors[f"points/{number}"]
            varies = len(points) > 1 and points[0] != points[-1]
            wide = (len(points) if self._coded(number) else 1) if varies else 0
            self._places.append(slice(self.width, self.width + wide))
            self.width += wide
        self._marks: dict[int, int] = {}
        """Of each column with some values missing: the place of its mark."""
        for number in np.flatnonzero((self._gaps > 0) & (self._gaps < 1)).tolist():
            self._marks[number] = self.width
            self.width += 1

    @classmethod
    def learn(cls, values: Table, spec: SampleSpec) -> FlowColumns:
        """Return the encoding of training rows ``[N, D]``, NaN where a value is missing."""
        columns = spec.columns or [Column(name=str(n), type="numeric") for n in range(values.shape[1])]
        tensors: dict[str, NDArray[Any]] = {"gaps": np.isnan(values).mean(axis=0)}
        for number, column in enumerate(columns):
            known = np.sort(values[~np.isnan(values[:, number]), number])
            if column.type == "categorical":
                tensors[f"points/{number}"] = np.unique(known)
                continue
            at = (np.arange(len(known)) + 0.5) / max(len(known), 1)
            if len(known) > QUANTILES:
                kept = np.linspace(0, len(known) - 1, QUANTILES).round().astype(np.int64)
                known, at = known[kept], at[kept]
            tensors[f"points/{number}"], tensors[f"at/{number}"] = known, at
        return cls(columns, tensors)

    def encode(self, values: Table) -> Table:
        """Return rows ``[N, D]`` as ``[N, E]``; NaN in the columns of a value that is missing."""
        encoded = np.empty((len(values), self.width))
        for number, place in enumerate(self._places):
            cells = values[:, number]
            gone = np.isnan(cells)
            if place.stop > place.start:
                encoded[:, place] = self._encode(number, cells)
                encoded[gone, place] = np.nan
            if number in self._marks:
                encoded[:, self._marks[number]] = np.where(gone, 1.0, -1.0)
        return encoded

    def filled(self, encoded: Table, rng: np.random.Generator) -> Table:
        """Return ``[N, E]`` with each gap filled from a random row of these that has a value, or with noise.

        The mark of a missing value removes it again, so the distribution of rows is that of the data.
        """
        filled = encoded.copy()
        for place in self._places:
            gone = np.isnan(filled[:, place]).any(axis=1)
            if gone.any():
                known = np.flatnonzero(~gone)
                wanted = int(gone.sum())
                filled[gone, place] = (
                    encoded[rng.choice(known, wanted), place]
                    if len(known)
                    else rng.standard_normal((wanted, place.stop - place.start))
                )
        return filled

    def decode(self, encoded: Table) -> Table:
        """Return ``[N, E]`` as rows ``[N, D]``; every value is valid in its column."""
        values = np.empty((len(encoded), len(self.columns)))
        for number, (column, place) in enumerate(zip(self.columns, self._places, strict=True)):
            points = self.tensors[f"points/{number}"]
            if place.stop == place.start:
                values[:, number] = points[0] if len(points) else np.nan
            elif self._coded(number):
                values[:, number] = points[encoded[:, place].argmax(axis=1)]
            elif column.type == "boolean":
                values[:, number] = encoded[:, place.start] > 0
            else:
                level = ndtr(encoded[:, place.start])
                values[:, number] = np.interp(level, self.tensors[f"at/{number}"], points)
                if column.type == "integer":
                    values[:, number] = np.rint(values[:, number])
            if number in self._marks:
                values[encoded[:, self._marks[number]] > 0, number] = np.nan
        return values

    def spread(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return a mask over rows ``[M, D]`` as one over their encoding ``[M, E]``."""
        wide = np.empty((len(mask), self.width), dtype=np.bool_)
        for number, place in enumerate(self._places):
            wide[:, place] = mask[:, number : number + 1]
            if number in self._marks:
                wide[:, self._marks[number]] = mask[:, number]
        return wide

    def _coded(self, number: int) -> bool:
        return self.columns[number].type == "categorical"

    def _encode(self, number: int, cells: Table) -> Table:
        """Return known cells of a column as ``[N, wide]``; what stands for missing ones does not matter."""
        points = self.tensors[f"points/{number}"]
        if self._coded(number):
            return np.where(cells[:, None] == points, 1.0, -1.0)
        if self.columns[number].type == "boolean":
            return np.where(cells > 0, 1.0, -1.0)[:, None]
        at = self.tensors[f"at/{number}"]
        low, high = np.searchsorted(points, cells, "left"), np.searchsorted(points, cells, "right")
        last = len(points) - 1
        equal = (at[low.clip(max=last)] + at[(high - 1).clip(0, last)]) / 2  # ties share their mean rank
        level = np.where(high > low, equal, np.interp(cells, points, at))
        return np.asarray(ndtri(level))[:, None]
