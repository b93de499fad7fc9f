"""Strategies decide how many of what are asked of the sampler."""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import BaseModel

from genaug.components.component import Component
from genaug.contracts.capabilities import unknown_capabilities
from genaug.contracts.context import Context
from genaug.contracts.generator import Sampler
from genaug.data import Request, TrainView


@dataclass(frozen=True)
class StrategyPlace:
    """What is known of the generator that a strategy will ask, before anything is learned.

    Attributes:
        generator: its name.
        capabilities: what its samplers can do at least (`Generator.given_capabilities`).
        options_model: what `Request.options` may hold (`Generator.given_options`); None: not known yet.
    """

    generator: str
    capabilities: frozenset[str]
    options_model: type[BaseModel] | None = None


class Strategy(Component):
    """Base class of strategies."""

    kind: ClassVar[str] = "strategy"
    needs: ClassVar[frozenset[str]] = frozenset()
    """What the sampler must be able to do; names from `genaug.contracts.capabilities`."""

    def check_place(self, place: StrategyPlace) -> None:
        """Refuse a generator whose samplers cannot serve this strategy; asked when the config is read.

        Raises:
            ValueError: naming what is missing.
        """
        wrong = unknown_capabilities(self.needs)
        if wrong:
            raise ValueError(f"the strategy {self.name!r} needs what no sampler has: {wrong}")
        missing = sorted(self.needs - place.capabilities)
        if missing:
            able = ", ".join(sorted(place.capabilities)) or "none of what strategies ask for"
            raise ValueError(
                f"the strategy {self.name!r} needs {', '.join(missing)}, and the generator "
                f"{place.generator!r} offers {able}: choose another generator or another strategy"
            )

    @abstractmethod
    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterable[Request]:
        """Yield requests, finitely many; the pool holds their samples in this order.

        What a request holds beside label and count must be among the sampler's capabilities. Large
        requests are cut into chunks by the engine, so ask for all samples of one sort at once.

        Args:
            train: what is there already.
            sampler: who will be asked.
            rng: the only source of randomness.
            context: features and progress, where it needs them.
        """
