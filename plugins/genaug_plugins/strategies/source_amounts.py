"""The training samples that candidates start from."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from pydantic import Field, JsonValue, model_validator

from genaug.components.frozen_dict import FrozenDict
from genaug.data import DataFacts, Request, SampleSpec, TrainView
from genaug.data.samples import BoolArray, IntArray
from genaug.errors import DataError
from genaug_plugins.strategies.amounts import AmountsStrategy


@dataclass(frozen=True, eq=False)
class Starts:
    """The training samples that the candidates of a class start from.

    Attributes:
        label: the class.
        rows: of the training samples, int64 ``[count]``; in each round every sample of the class comes once.
        rounds: how often the sample came before, int64 ``[count]``.
        places: position of the sample in its round, int64 ``[count]``.
    """

    label: int
    rows: IntArray
    rounds: IntArray
    places: IntArray


class SourceAmountsStrategy(AmountsStrategy):
    """Base class of strategies whose candidates each start from one training sample of their class."""

    needs: ClassVar[frozenset[str]] = frozenset({"image-to-image"})

    times: int | None = Field(default=None, ge=1)
    """Start from every training sample this many times."""
    classes: tuple[str, ...] = ()
    """Names of the classes to make samples of; none: all."""
    options: FrozenDict[str, JsonValue] = FrozenDict()
    """Further options of the requests, e.g. `{guidance: 2, steps: 30}`; the generator's page has them."""

    @model_validator(mode="after")
    def _one_aim(self) -> Self:
        if sum(aim is not None for aim in (self.times, self.per_class, self.add)) != 1:
            raise ValueError(
                "give exactly one of `times` (each training sample n times), `per_class` (bring every class "
                "up to n) and `add` (add n each)"
            )
        return self

    def requested_options(self) -> Iterable[Mapping[str, JsonValue]]:
        """Return the further options."""
        return [self.options] if self.options else []

    def check_data(self, facts: DataFacts) -> tuple[str, ...]:
        """Refuse classes that do not exist or have no training sample."""
        self._chosen(facts.spec)
        if not self.candidates(facts).any():
            if self.per_class is not None and not self.classes:
                return super().check_data(facts)
            named = ", ".join(self.classes) or "any class"
            raise DataError(f"strategy {self.name}: there is nothing to make of {named}")
        return ()

    def candidates(self, facts: DataFacts) -> IntArray:
        """Return the number of candidates of each class."""
        counts = self._candidates(facts.train)
        counts[~self._chosen(facts.spec)] = 0
        return counts

    def starts(self, train: TrainView, rng: np.random.Generator) -> Iterator[Starts]:
        """Yield the training samples that each class's candidates start from."""
        chosen = self._chosen(train.spec)
        for label, count in self.amounts(train):
            if chosen[label]:
                own = rng.permutation(np.flatnonzero(train.samples.labels == label))
                number = np.arange(count, dtype=np.int64)
                places = number % len(own)
                yield Starts(label, own[places].astype(np.int64), number // len(own), places)

    def _wanted(self, have: int) -> int:
        if not have:  # nothing to start from
            return 0
        return super()._wanted(have) if self.times is None else self.times * have

    def _chosen(self, spec: SampleSpec) -> BoolArray:
        if unknown := [name for name in self.classes if name not in spec.class_names]:
            raise DataError(
                f"strategy {self.name}: there is no class {', '.join(map(repr, unknown))}; the classes are "
                f"{', '.join(spec.class_names)}"
            )
        return np.array([not self.classes or name in self.classes for name in spec.class_names])


def paired_request(
    train: TrainView,
    label: int,
    rows: IntArray,
    options: Mapping[str, JsonValue],
    mask: BoolArray | None = None,
) -> Request:
    """Return the request for one sample from each of these training samples.

    Args:
        train: the training view.
        label: class of the samples.
        rows: of the training samples, ``[n]``.
        options: of the request.
        mask: ``[1 or n, …]``, see `Request.mask`.
    """
    ids = tuple(str(one) for one in train.samples.ids[rows])
    return Request(label, len(ids), sources=ids, options=dict(options), paired=True, mask=mask)
