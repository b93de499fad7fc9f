"""Requests that balance or enlarge the classes."""

import math
from collections.abc import Iterator, Mapping
from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from genaug import Context, Sampler, Strategy
from genaug.data import DataFacts, Request, TrainView
from genaug.data.samples import IntArray
from genaug.errors import DataError


class ClassBalanceStrategy(Strategy):
    """Request the missing samples of every class up to a number, or the same number for each class.

    Selection drops candidates, so `oversample` asks for more of them than are wanted in the end. What the
    selectors keep beyond the wanted number of a class is dropped, by the ranking of the last selector.
    """

    name: ClassVar[str] = "class-balance"
    needs: ClassVar[frozenset[str]] = frozenset({"class-conditional"})
    dropped_settings: ClassVar[Mapping[str, str]] = {
        "chunk": "large requests are cut into chunks, of a size that the generator states"
    }

    per_class: int | None = Field(default=None, ge=1)
    """Bring every class, training samples included, up to this many; a class that has them is left out."""
    add: int | None = Field(default=None, ge=1)
    """Add this many samples to every class."""
    oversample: float = Field(default=1.0, ge=1)
    """Candidates requested per wanted sample; the number of candidates is rounded up. Without selectors
    all are kept."""

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

    def candidates(self, facts: DataFacts) -> IntArray:
        """Return the number of candidates of each class."""
        return np.array([self._candidates(have) for have in facts.train.tolist()], dtype=np.int64)

    def check_data(self, facts: DataFacts) -> tuple[str, ...]:
        """Refuse a `per_class` that every class has reached already."""
        if self.per_class is not None and not self.candidates(facts).any():
            raise DataError(
                f"strategy {self.name}: per_class {self.per_class} adds nothing: the training view has "
                f"{facts.of_classes(facts.train)} already. Raise per_class above "
                f"{facts.train.min()}, or set `add` instead"
            )
        return ()

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        """Yield a request for each class that lacks samples."""
        for label, have in enumerate(train.samples.per_class(train.spec.classes).tolist()):
            if candidates := self._candidates(have):
                yield Request(label, candidates)

    def _candidates(self, have: int) -> int:
        """Return the number of candidates of a class with `have` training samples."""
        return math.ceil(self._wanted(have) * self.oversample)

    def _wanted(self, have: int) -> int:
        return max((self.add if self.per_class is None else self.per_class - have) or 0, 0)
