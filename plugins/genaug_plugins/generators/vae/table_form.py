"""Rows of tables as numbers and choices."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from genaug.data import Samples, SampleSpec, TrainView
from genaug.data.samples import FloatArray
from genaug_plugins.generators.vae.form import Doubles, Form
from genaug_plugins.generators.vae.layout import Layout

QUANTILES = 1000
"""Maximum number of quantiles that are stored for a column."""
ABSENT = -1.0
"""The code of a missing value."""


class TableForm(Form):
    """Rows of a table: numbers by the normal scores of their ranks, everything else as choices.

    A number x becomes Φ⁻¹(F(x)) with F the distribution function of the training rows, linear between their
    values; numbers are never outside the range of these. A category or boolean becomes a choice among the
    codes of the training rows. Where values may be missing, that is one more code, or for numbers a choice
    between known and missing; a missing number itself is neither learned nor made.

    Args:
        spec: of the table.
        points: for each column with numbers, by its index, the quantiles of the training rows and their
            probabilities.
        codes: for each column with a choice, by its index, the codes to choose from, ascending; `ABSENT` for
            a missing value; for numbers 0 for a known value.
    """

    def __init__(
        self,
        spec: SampleSpec,
        points: Mapping[int, tuple[Doubles, Doubles]],
        codes: Mapping[int, Doubles],
    ) -> None:
        self._spec, self._points, self._codes = spec, dict(points), dict(codes)
        self._numbers = sorted(points)
        choices, present, stop = [], {}, len(self._numbers)
        for number in sorted(codes):
            start, stop = stop, stop + len(codes[number])
            choices.append((start, stop))
            if number in points:
                present[number] = start + int(np.searchsorted(codes[number], 0.0))
        self.draws = len(choices)
        self.layout = Layout(
            (stop,),
            own_variance=True,
            numbers=len(self._numbers),
            choices=tuple(choices),
            present=tuple(present.get(number, -1) for number in self._numbers),
        )
        self.varies = np.array([len(points[number][0]) > 1 for number in self._numbers], dtype=np.float32)

    @classmethod
    def of(cls, train: TrainView) -> "TableForm":
        """Return the form of training rows."""
        points, codes = {}, {}
        for number, column in enumerate(train.spec.columns):
            cells = train.samples.values[:, number]
            known = cells[~np.isnan(cells)]
            if column.type in ("categorical", "boolean"):
                codes[number] = np.unique(np.where(np.isnan(cells), ABSENT, cells))
            elif len(known):
                points[number] = _quantiles(known)
            if column.type not in ("categorical", "boolean") and len(known) < len(cells):
                codes[number] = np.array([ABSENT, 0.0] if len(known) else [ABSENT])
        return cls(train.spec, points, codes)

    @classmethod
    def of_record(cls, spec: SampleSpec, record: Mapping[str, Any]) -> "TableForm":
        """Return a stored form."""
        points = {
            int(number): (np.array(values, dtype=np.float64), np.array(at, dtype=np.float64))
            for number, (values, at) in record["points"].items()
        }
        codes = {int(number): np.array(part, dtype=np.float64) for number, part in record["codes"].items()}
        return cls(spec, points, codes)

    def learned(self, samples: Samples) -> FloatArray:
        """Return rows as the networks read them; a code that no training row has is no choice at all."""
        rows: Doubles = samples.values
        parts: list[NDArray[Any]] = [
            np.where(np.isnan(rows[:, number]), 0.0, _score(rows[:, number], *self._points[number]))[:, None]
            for number in self._numbers
        ]
        for number, codes in sorted(self._codes.items()):
            cells = rows[:, number]
            known = cells if number not in self._points else np.zeros_like(cells)
            own = np.where(np.isnan(cells), ABSENT, known)
            parts.append(own[:, None] == codes)
        return np.concatenate(parts, axis=1).astype(np.float32)

    def values(self, made: FloatArray, uniform: Doubles | None = None) -> NDArray[Any]:
        """Return rows; choices are drawn by inversion of their distribution function."""
        rows = np.full((len(made), len(self._spec.columns)), np.nan)
        for place, number in enumerate(self._numbers):
            points, at = self._points[number]
            rows[:, number] = np.interp(ndtr(made[:, place].astype(np.float64)), at, points)
            if self._spec.columns[number].type == "integer":
                rows[:, number] = np.rint(rows[:, number])
        for place, (number, (start, stop)) in enumerate(
            zip(sorted(self._codes), self.layout.choices, strict=True)
        ):
            drawn = None if uniform is None else uniform[:, place]
            chosen = self._codes[number][_choose(made[:, start:stop].astype(np.float64), drawn)]
            if number in self._points:
                rows[chosen == ABSENT, number] = np.nan
            else:
                rows[:, number] = np.where(chosen == ABSENT, np.nan, chosen)
        return rows

    def record(self) -> dict[str, Any]:
        """Return quantiles and codes."""
        return {
            "points": {str(n): [values.tolist(), at.tolist()] for n, (values, at) in self._points.items()},
            "codes": {str(number): codes.tolist() for number, codes in self._codes.items()},
        }


def _quantiles(known: Doubles) -> tuple[Doubles, Doubles]:
    """Return at most `QUANTILES` different values, ascending, and F there: the mean rank − ½ over n."""
    points, counts = np.unique(known, return_counts=True)
    at = (np.cumsum(counts) - counts / 2) / len(known)
    if len(points) > QUANTILES:
        kept = np.linspace(0, len(points) - 1, QUANTILES).round().astype(np.int64)
        points, at = points[kept], at[kept]
    return points, at


def _score(cells: Doubles, points: Doubles, at: Doubles) -> Doubles:
    """Return Φ⁻¹(F(x)); NaN where x is missing."""
    scores: Doubles = ndtri(np.interp(cells, points, at))
    return scores


def _choose(logits: Doubles, uniform: Doubles | None) -> NDArray[np.int64]:
    if uniform is None:
        return np.asarray(logits.argmax(axis=1))
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    below = np.cumsum(odds, axis=1)
    places = (uniform[:, None] * below[:, -1:] >= below).sum(axis=1)
    return np.asarray(places.clip(max=logits.shape[1] - 1))
