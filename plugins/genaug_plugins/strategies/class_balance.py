"""As many of each class as are missing."""

import math
from collections.abc import Iterator
from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from genaug import Context, Sampler, Strategy
from genaug.data import Request, TrainView


class ClassBalanceStrategy(Strategy):
    """Ask for what every class lacks up to a number, or for the same number of each class.

    Selection drops candidates, so `oversample` asks for more of them than are wanted in the end.
    """

    name: ClassVar[str] = "class-balance"
    needs: ClassVar[frozenset[str]] = frozenset({"class-conditional"})

    per_class: int | None = Field(default=None, ge=1)
    """Bring every class, training samples included, up to this many; a class that has them is left out."""
    add: int | None = Field(default=None, ge=1)
    """Add this many samples to every class."""
    oversample: float = Field(default=1.0, ge=1)
    """Candidates asked for per sample wanted; the number of candidates is rounded up."""
    chunk: int = Field(default=256, ge=1)
    """Samples of one request at most; progress is shown, and a killed run resumes, between requests."""

    @model_validator(mode="after")
    def _one_aim(self) -> Self:
        if (self.per_class is None) == (self.add is None):
            raise ValueError(
                "give exactly one of `per_class` (bring every class up to n) and `add` (add n each)"
            )
        return self

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        """Yield the requests, class by class."""
        for label, have in enumerate(train.samples.per_class(train.spec.classes)):
            for count in self._chunks(int(have)):
                yield Request(label, count)

    def _chunks(self, have: int) -> Iterator[int]:
        """Yield the sizes of the requests for a class that has `have` training samples."""
        wanted = self.add if self.per_class is None else self.per_class - have
        candidates = math.ceil(max(wanted or 0, 0) * self.oversample)
        for start in range(0, candidates, self.chunk):
            yield min(self.chunk, candidates - start)
