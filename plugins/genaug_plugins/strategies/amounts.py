"""The number of samples that strategies request for each class."""

import math
from collections.abc import Iterator
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from genaug import Strategy
from genaug.data import DataFacts, TrainView
from genaug.data.samples import IntArray
from genaug.errors import DataError


class AmountsStrategy(Strategy):
    """Base class of strategies that request a number of samples for each class."""

    per_class: int | None = Field(default=None, ge=1)
    """Bring every class, training samples included, up to this many; a class that has them is left out."""
    add: int | None = Field(default=None, ge=1)
    """Add this many samples to every class."""
    oversample: float = Field(default=1.0, ge=1)
    """Candidates requested per wanted sample, because selection drops some; their number is rounded up. What
    the selectors keep beyond the wanted number of a class is dropped, by the ranking of the last selector.
    Without selectors all are kept."""

    @model_validator(mode="after")
    def _one_aim(self) -> Self:
        if (self.per_class is None) == (self.add is None):
            raise ValueError(
                "give exactly one of `per_class` (bring every class up to n) and `add` (add n each)"
            )
        return self

    @property
    def oversamples(self) -> bool:
        """Whether `oversample` is above 1."""
        return self.oversample > 1

    def wanted(self, train: IntArray) -> IntArray:
        """Return the number of samples that each class lacks."""
        return np.array([self._wanted(have) for have in train.tolist()], dtype=np.int64)

    def candidates(self, facts: DataFacts) -> IntArray | None:
        """Return the number of candidates of each class."""
        return self._candidates(facts.train)

    def check_data(self, facts: DataFacts) -> tuple[str, ...]:
        """Refuse a `per_class` that every class has reached already."""
        if self.per_class is not None and not self.wanted(facts.train).any():
            raise DataError(
                f"strategy {self.name}: per_class {self.per_class} adds nothing: the training view has "
                f"{facts.of_classes(facts.train)} already. Raise per_class above "
                f"{facts.train.min()}, or set `add` instead"
            )
        return ()

    def amounts(self, train: TrainView) -> Iterator[tuple[int, int]]:
        """Yield each class that lacks samples, and its number of candidates."""
        counts = self._candidates(train.samples.per_class(train.spec.classes))
        for label in np.flatnonzero(counts).tolist():
            yield label, int(counts[label])

    def _candidates(self, train: IntArray) -> IntArray:
        return np.array([math.ceil(n * self.oversample) for n in self.wanted(train).tolist()], dtype=np.int64)

    def _wanted(self, have: int) -> int:
        return max((self.add if self.per_class is None else self.per_class - have) or 0, 0)
