"""Requests that are repeated until the selectors have kept enough of each class."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

import numpy as np
from pydantic import Field, JsonValue

from genaug import Context, Sampler, Strategy
from genaug.components.references import Use
from genaug.contracts import Rounds, StrategyPlace
from genaug.data import DataFacts, Request, TrainView
from genaug.data.samples import IntArray
from genaug_plugins.strategies.amounts import AmountsStrategy


class QuotaUntilStrategy(AmountsStrategy):
    """Ask, let the selectors decide, and ask again, until each class has what it wants, within a budget.

    The first round asks for what each class lacks (times `oversample`). Each further one asks for what the
    selectors' share of kept candidates of the class, (kept + 1) / (made + 2), lets expect, at most as many as
    were made so far. What is kept beyond the wanted number is dropped, by the ranking of the last selector.
    A class that the budget leaves short is named in a warning.
    """

    name: ClassVar[str] = "quota-until"

    budget: float = Field(default=10.0, ge=1)
    """Most candidates of a class, per wanted sample."""
    rounds: int = Field(default=10, ge=1)
    """Most rounds."""
    by: Use[Strategy] | None = None
    """How a class is asked for: the requests of another strategy, cut or repeated to the number that a round
    needs, e.g. `{use: prompts, add: 1}`. None: by the class alone."""

    @property
    def oversamples(self) -> bool:
        """Return true: what is kept beyond the wanted number is dropped."""
        return True

    @property
    def repeats(self) -> bool:
        """Return true."""
        return True

    @property
    def reads_confusion(self) -> bool:  # type: ignore[override]
        """Whether `by` does."""
        return self.by is not None and self.by.reads_confusion

    def check_place(self, place: StrategyPlace) -> None:
        """Refuse a generator that cannot serve `by`, or cannot be told a class.

        Raises:
            ValueError: naming what is missing.
        """
        super().check_place(place)
        if self.by is not None:
            self.by.check_place(place)
        elif "class-conditional" not in place.capabilities:
            able = ", ".join(sorted(place.capabilities)) or "no capability"
            raise ValueError(
                f"the strategy {self.name!r} needs class-conditional, and the generator {place.generator!r} "
                f"offers {able}: choose another generator, or set `by` to a strategy that it serves"
            )

    def requested_options(self) -> Iterable[Mapping[str, JsonValue]]:
        """Return those of `by`."""
        return () if self.by is None else self.by.requested_options()

    def candidates(self, facts: DataFacts) -> None:
        """Return None: it depends on what the selectors keep."""

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        """Yield the requests of the first round."""
        none = np.zeros(train.spec.classes, dtype=np.int64)
        yield from self._asked(dict(self.amounts(train)), none, train, sampler, rng, context)

    def further(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context, so_far: Rounds
    ) -> Iterator[Request]:
        """Yield the requests of the next round; none once every class has enough, or the budget is spent."""
        if so_far.number >= self.rounds:
            return
        wanted = self.wanted(train.samples.per_class(train.spec.classes))
        counts = self._next(wanted, so_far.made, so_far.kept)
        yield from self._asked(counts, so_far.made, train, sampler, rng, context)

    def _next(self, wanted: IntArray, made: IntArray, kept: IntArray) -> dict[int, int]:
        """Return how many candidates of each class the next round asks for."""
        counts = {}
        for label in np.flatnonzero(wanted > kept).tolist():
            lacks, have = int(wanted[label] - kept[label]), int(made[label])
            expected = math.ceil(lacks * (have + 2) / (int(kept[label]) + 1))
            left = math.floor(self.budget * int(wanted[label])) - have
            if (count := min(expected, max(have, lacks), left)) > 0:
                counts[label] = count
        return counts

    def _asked(
        self,
        counts: Mapping[int, int],
        made: IntArray,
        train: TrainView,
        sampler: Sampler,
        rng: np.random.Generator,
        context: Context,
    ) -> Iterator[Request]:
        """Yield requests for a number of samples of each class, behind those that were made of it."""
        if self.by is None:
            for label, count in counts.items():
                have = int(made[label])
                if sampler.available is not None:
                    count = min(count, sampler.available[label] - have)
                if count > 0:
                    yield Request(label, count, start=have)
            return
        lacks = dict(counts)
        while any(lacks.values()):
            before = sum(lacks.values())
            for request in self.by.requests(train, sampler, rng, context):
                count = min(request.count, lacks.get(request.made_label, 0))
                if count:
                    lacks[request.made_label] -= count
                    yield request.part(0, count)
            if sum(lacks.values()) == before:
                return  # it asks for none of these classes
