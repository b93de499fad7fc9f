"""How many of what are asked of the sampler."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from genaug.components.component import Component
from genaug.contracts.generator import Sampler
from genaug.data import Request, TrainView


class Strategy(Component):
    """Promise the requests that make a pool."""

    kind: ClassVar[str] = "strategy"

    @abstractmethod
    def requests(self, train: TrainView, sampler: Sampler, rng: np.random.Generator) -> Iterator[Request]:
        """Yield requests, finitely many; the pool holds their samples in this order.

        What a request holds beside label and count must be among the sampler's capabilities.

        Raises:
            DataError: where the sampler lacks a capability that this strategy needs.
        """
