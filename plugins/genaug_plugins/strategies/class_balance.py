"""Requests that balance or enlarge the classes."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

import numpy as np

from genaug import Context, Sampler
from genaug.data import Request, TrainView
from genaug_plugins.strategies.amounts import AmountsStrategy


class ClassBalanceStrategy(AmountsStrategy):
    """Request the missing samples of every class up to a number, or the same number for each class."""

    name: ClassVar[str] = "class-balance"
    needs: ClassVar[frozenset[str]] = frozenset({"class-conditional"})
    dropped_settings: ClassVar[Mapping[str, str]] = {
        "chunk": "large requests are cut into chunks, of a size that the generator states"
    }

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        """Yield a request for each class that lacks samples."""
        for label, count in self.amounts(train):
            yield Request(label, count)
