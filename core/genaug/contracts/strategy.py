"""Strategies decide which samples are generated, and how many."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import BaseModel, JsonValue

from genaug.components.component import Component
from genaug.contracts.capabilities import unknown_capabilities
from genaug.contracts.context import Context
from genaug.contracts.generator import Sampler
from genaug.data import Request, TrainView
from genaug.data.facts import DataFacts
from genaug.data.samples import IntArray


@dataclass(frozen=True)
class StrategyPlace:
    """The generator and the task that a strategy will work with, as far as known before anything is learned.

    Attributes:
        generator: name of the generator.
        capabilities: those that each of the generator's samplers has (`Generator.given_capabilities`).
        options_model: of `Request.options` (`Generator.given_options`); None: not known yet.
        task: name of the pipeline's task.
        predicts: what the task predicts, ``classes`` or ``targets``.
    """

    generator: str
    capabilities: frozenset[str]
    options_model: type[BaseModel] | None = None
    task: str = "unknown"
    predicts: str = "classes"


@dataclass(frozen=True, eq=False)
class Rounds:
    """What the rounds of a strategy that repeats have given so far.

    Attributes:
        number: of rounds, 1 or more.
        made: candidates of each class, int64 ``[classes]``.
        kept: of these, those that all selectors keep, int64 ``[classes]``.
    """

    number: int
    made: IntArray
    kept: IntArray


class Strategy(Component):
    """Base class of strategies: a strategy yields requests for samples."""

    kind: ClassVar[str] = "strategy"
    needs: ClassVar[frozenset[str]] = frozenset()
    """Capabilities that the sampler must have; names from `genaug.contracts.capabilities`."""

    reads_confusion: ClassVar[bool] = False
    """Whether it reads the task's confusion (`Context.confusion`). The task must then predict classes, and
    another task makes a new pool."""

    @property
    def oversamples(self) -> bool:
        """Whether it requests more candidates than are `wanted`: the last selector leaves no more."""
        return False

    @property
    def repeats(self) -> bool:
        """Return whether it asks again, in `further`, once the selectors have decided on what it asked for.

        The pool then depends on the selectors, too.
        """
        return False

    def further(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context, so_far: Rounds
    ) -> Iterable[Request]:
        """Yield the requests of the next round; none end the rounds. See `repeats` and `requests`.

        Args:
            train: the training view.
            sampler: will serve the requests.
            rng: the only source of randomness; another one for each round.
            context: as of `requests`.
            so_far: what all rounds so far have given.
        """
        return ()

    def wanted(self, train: IntArray) -> IntArray:
        """Return the most candidates of each class to keep, int64 ``[classes]``; see `oversamples`.

        Args:
            train: training samples of each class, int64 ``[classes]``.
        """
        raise NotImplementedError(f"the strategy {self.name!r} oversamples, and has no `wanted`")

    def check_place(self, place: StrategyPlace) -> None:
        """Refuse a generator or a task that cannot serve this strategy; called when the config is read.

        Raises:
            ValueError: naming what is missing.
        """
        wrong = unknown_capabilities(self.needs)
        if wrong:
            raise ValueError(f"the strategy {self.name!r} needs what no sampler has: {wrong}")
        missing = sorted(self.needs - place.capabilities)
        if missing:
            able = ", ".join(sorted(place.capabilities)) or "no capability"
            raise ValueError(
                f"the strategy {self.name!r} needs {', '.join(missing)}, and the generator "
                f"{place.generator!r} offers {able}: choose another generator or another strategy"
            )
        if self.reads_confusion and place.predicts != "classes":
            raise ValueError(
                f"the strategy {self.name!r} reads which classes the task confuses, and the task "
                f"{place.task!r} predicts {place.predicts}: choose a task of classes, or another strategy"
            )

    def requested_options(self) -> Iterable[Mapping[str, JsonValue]]:
        """Return the options that its requests set, as far as known before anything is learned.

        The generator's `Generator.given_options` validates them when the config is read. Default: none.
        """
        return ()

    def candidates(self, facts: DataFacts) -> IntArray | None:
        """Return the number of samples that are requested of each class, int64 ``[classes]``.

        None, the default: it depends on more than the data. Selectors are checked against these numbers
        before anything is learned.
        """
        return None

    @abstractmethod
    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterable[Request]:
        """Yield finitely many requests; the pool has their samples in this order.

        A request must not need more than the sampler's capabilities. The engine splits large requests
        into chunks, so request all samples of one kind at once.

        Args:
            train: the training view.
            sampler: will serve the requests.
            rng: the only source of randomness.
            context: features and progress; the task's confusion where `reads_confusion` is set.
        """
