"""The marginal distributions of a table's columns in each class: from values to normal latents and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from genaug.data import Samples, SampleSpec

Table = NDArray[np.float64]


class Marginals:
    """Marginal distributions of D columns in each class.

    The latents have one column for each column of the table, followed by one for each column that allows
    missing values.

    Args:
        spec: of the table.
        tensors: for class c and column d ``points/c/d`` and ``at/c/d``, float64: for numbers the quantiles
            and their probabilities; for categories the codes (the most frequent first) and the upper ends
            of their intervals in [0, 1]; and ``missing`` ``[classes, D]``, the shares of missing values.
    """

    def __init__(self, spec: SampleSpec, tensors: Mapping[str, NDArray[Any]]) -> None:
        self.spec = spec
        self.tensors = {
            name: part for name, part in tensors.items() if name.startswith(("points/", "at/", "missing"))
        }
        self._gaps = [number for number, column in enumerate(spec.columns) if column.missing]

    @classmethod
    def learn(cls, samples: Samples, spec: SampleSpec, quantiles: int) -> Marginals:
        """Return the marginals of labelled rows.

        A column without values in a class has the marginal of all rows.

        Args:
            samples: the training rows.
            spec: of the table.
            quantiles: maximum number of quantiles of a column.
        """
        tensors: dict[str, NDArray[Any]] = {}
        shares = np.zeros((spec.classes, len(spec.columns)))
        for label in range(spec.classes):
            rows = samples.values[samples.labels == label]
            for number in range(len(spec.columns)):
                cells = rows[:, number]
                known = cells[~np.isnan(cells)]
                shares[label, number] = 1 - len(known) / len(cells) if len(cells) else 0.0
                if not len(known):
                    everywhere = samples.values[:, number]
                    known = everywhere[~np.isnan(everywhere)]
                if not len(known):
                    known = np.zeros(1)  # no row has a value: all are missing
                points, at = (_intervals if _coded(spec, number) else _quantiles)(known, quantiles)
                tensors[f"points/{label}/{number}"], tensors[f"at/{label}/{number}"] = points, at
        return cls(spec, {**tensors, "missing": shares})

    def latents(self, values: Table, labels: NDArray[np.int64]) -> Table:
        """Return the latents of training rows, ``[N, Z]``; 0 for a missing value and in a constant column."""
        latents = np.zeros((len(values), len(self.spec.columns) + len(self._gaps)))
        for label in np.unique(labels):
            rows = np.flatnonzero(labels == label)
            for number in range(len(self.spec.columns)):
                cells = values[rows, number]
                known = ~np.isnan(cells)
                if known.any():
                    latents[rows[known], number] = self._latents_of(cells[known], int(label), number)
            for place, number in enumerate(self._gaps, start=len(self.spec.columns)):
                missing = np.isnan(values[rows, number])
                share = self.tensors["missing"][label, number]
                if 0 < share < 1:  # a value is missing where u = Φ(z) > 1 − share
                    latents[rows, place] = ndtri(np.where(missing, 1 - share / 2, (1 - share) / 2))
        return latents

    def values(self, latents: Table, label: int) -> Table:
        """Return rows ``[N, D]`` of a class for latents ``[N, Z]``."""
        uniform = ndtr(latents)
        values = np.empty((len(latents), len(self.spec.columns)))
        for number, column in enumerate(self.spec.columns):
            points, at = self._marginal(label, number)
            if _coded(self.spec, number):
                place = np.searchsorted(at, uniform[:, number], side="left").clip(max=len(points) - 1)
                values[:, number] = points[place]
            else:
                values[:, number] = np.interp(uniform[:, number], at, points)
                if column.type == "integer":
                    values[:, number] = np.rint(values[:, number])
        for place, number in enumerate(self._gaps, start=len(self.spec.columns)):
            share = self.tensors["missing"][label, number]
            values[uniform[:, place] > 1 - share, number] = np.nan
        return values

    def _marginal(self, label: int, number: int) -> tuple[Table, Table]:
        return self.tensors[f"points/{label}/{number}"], self.tensors[f"at/{label}/{number}"]

    def _latents_of(self, cells: Table, label: int, number: int) -> Table:
        if not _coded(self.spec, number):
            ranks = rankdata(cells)  # ties share their mean rank
            found: Table = ndtri((ranks - 0.5) / len(cells))
            return found
        points, at = self._marginal(label, number)
        middles = np.concatenate([[0.0], at[:-1]]) / 2 + at / 2
        order = np.argsort(points)
        return np.asarray(ndtri(middles[order[np.searchsorted(points, cells, sorter=order)]]))


def _coded(spec: SampleSpec, number: int) -> bool:
    return spec.columns[number].type in ("categorical", "boolean")


def _quantiles(known: Table, most: int) -> tuple[Table, Table]:
    """Return at most `most` quantiles in ascending order, and their probabilities (i − ½)/n."""
    points = np.sort(known)
    at = (np.arange(len(points)) + 0.5) / len(points)
    if len(points) > most:
        kept = np.unique(np.linspace(0, len(points) - 1, most).round().astype(np.int64))
        points, at = points[kept], at[kept]
    return points, at


def _intervals(known: Table, most: int) -> tuple[Table, Table]:
    """Return codes by decreasing frequency, ties by code, and the upper ends of their intervals in [0, 1]."""
    codes, counts = np.unique(known, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    ends = np.cumsum(counts[order]) / counts.sum()
    ends[-1] = 1.0
    return codes[order], ends
