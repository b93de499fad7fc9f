"""Rows of a table as sentences in random column order (GReaT: Borisov et al. 2023, arXiv 2210.06280)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.data import SampleSpec
from genaug_plugins.language.numbers import Numbers

SEPARATOR = ","
IS = " is"


class RowWords:
    """The words of a table: names, categories, numbers, and what stands for a missing value.

    Args:
        columns: for each column its name in sentences; `codes`, the words of its values by code, or `numbers`
            (see `Numbers`), or neither where no value is known; and `gap`, the word for a missing value, or
            None where none was missing.
    """

    def __init__(self, columns: Sequence[Mapping[str, Any]]) -> None:
        self.columns = list(columns)
        self.names: list[str] = [column["name"] for column in columns]
        self.codes: list[dict[str, float]] = [
            {word: float(code) for code, word in column["codes"]} for column in columns
        ]
        self.words = [{code: word for word, code in codes.items()} for codes in self.codes]
        self.numbers = [
            None if column["numbers"] is None else Numbers(**column["numbers"]) for column in columns
        ]
        self.gaps: list[str | None] = [column["gap"] for column in columns]

    @classmethod
    def learn(cls, spec: SampleSpec, values: NDArray[np.float64]) -> RowWords:
        """Return the words of training rows ``[N, D]``: only categories that occur in them."""
        names = _distinct([column.name for column in spec.columns])
        columns = []
        for number, column in enumerate(spec.columns):
            cells = values[:, number]
            known = cells[~np.isnan(cells)]
            codes: list[tuple[int, str]] = []
            numbers = None
            if column.type in ("categorical", "boolean"):
                words = _distinct(column.categories or column.words or ("false", "true"))
                codes = [(int(code), words[int(code)]) for code in np.unique(known)]
            elif len(known):
                numbers = Numbers.of(known, column.type == "integer").record()
            gap = "missing"
            while gap in {word for _, word in codes}:
                gap += " value"
            columns.append(
                {
                    "name": names[number],
                    "codes": codes,
                    "numbers": numbers,
                    "gap": gap if len(known) < len(cells) else None,
                }
            )
        return cls(columns)

    @cached_property
    def pieces(self) -> list[str]:
        """Return what a vocabulary needs: names, words, the separator, and characters of numbers."""
        found = [f" {name}{IS}" for name in self.names]
        for codes, gap in zip(self.codes, self.gaps, strict=True):
            found += [f" {word}" for word in [*codes, *([] if gap is None else [gap])]]
        return list(dict.fromkeys([*found, SEPARATOR, *" -.0123456789"]))

    def cell(self, number: int, value: float) -> str:
        """Return how a value of a column is written."""
        if np.isnan(value):
            return str(self.gaps[number])
        numbers = self.numbers[number]
        return self.words[number][value] if numbers is None else numbers.text(value)

    def value(self, number: int, word: str) -> float | None:
        """Return the value that a word means in a column; None if it means none."""
        if word == self.gaps[number]:
            return float("nan")
        numbers = self.numbers[number]
        return self.codes[number].get(word) if numbers is None else numbers.value(word)

    def row(self, sentence: str) -> NDArray[np.float64] | None:
        """Return the values ``[D]`` of a sentence; None unless each column has one valid value."""
        row = np.zeros(len(self.names))
        found = set()
        for part in sentence.split(SEPARATOR):
            fitting = [number for number, name in enumerate(self.names) if part.startswith(f" {name}{IS} ")]
            if not fitting:
                return None
            number = max(fitting, key=lambda one: len(self.names[one]))
            value = self.value(number, part[len(f" {self.names[number]}{IS} ") :])
            if value is None or number in found:
                return None
            found.add(number)
            row[number] = value
        return row if len(found) == len(row) else None


def _distinct(words: Sequence[str]) -> list[str]:
    """Return words without separators and line breaks, distinct, in their order."""
    found: list[str] = []
    for word in words:
        plain = " ".join(word.replace(SEPARATOR, ";").split()) or "empty"
        candidate, number = plain, 2
        while candidate in found:
            candidate, number = f"{plain} ({number})", number + 1
        found.append(candidate)
    return found
