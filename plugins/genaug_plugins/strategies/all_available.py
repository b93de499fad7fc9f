"""Requests for all that a generator has."""

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from pydantic import Field

from genaug import Context, Sampler, Strategy
from genaug.data import DataFacts, Request, TrainView
from genaug.data.samples import IntArray
from genaug.errors import DataError


class AllAvailableStrategy(Strategy):
    """Request every sample that the generator has: for samples that were made elsewhere."""

    name: ClassVar[str] = "all-available"
    needs: ClassVar[frozenset[str]] = frozenset({"class-conditional", "finite"})

    at_most: int | None = Field(default=None, ge=1)
    """Maximum number for each class; None: all."""

    def candidates(self, facts: DataFacts) -> IntArray | None:
        """Return the number of candidates of each class, where the generator has read them."""
        if facts.existing is None:
            return None
        return facts.existing if self.at_most is None else np.minimum(facts.existing, self.at_most)

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        """Yield a request for each class with samples.

        Raises:
            DataError: where the generator has no samples of the data's classes.
        """
        available = sampler.available or ()
        if not any(available):
            raise DataError("the generator has no sample of any class")
        for label, count in enumerate(available):
            if count:
                yield Request(label, min(count, self.at_most or count))
