"""Which candidates are kept."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self, final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from genaug.components.component import Component
from genaug.contracts.context import Context
from genaug.data import Grades, Pool, Selection, TrainView
from genaug.data.grades import decided


@dataclass(frozen=True, eq=False)
class Candidates:
    """Hold the candidates that earlier selectors left, with the scores those gave.

    Attributes:
        pool: N candidates with their lineage.
        scores: float64 ``[N]`` under ``step.score``; what the sampler said under ``generator.score``.
    """

    pool: Pool
    scores: Mapping[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.pool)


@dataclass(frozen=True)
class Place:
    """Hold what can be known of a selector's place when its config is checked.

    Attributes:
        generator: name of the generator.
        given: names of the scores that its samplers give (`Generator.given_scores`).
        before: names of the steps before this one, in order.
    """

    generator: str
    given: frozenset[str]
    before: tuple[str, ...]


class Selector(Component):
    """Promise a decision on every candidate."""

    kind: ClassVar[str] = "selector"

    def check_place(self, place: Place) -> None:
        """Raise ValueError where this cannot work behind those selectors, or with that generator.

        Called when the config is checked, long before candidates are made.
        """

    @abstractmethod
    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        """Decide on each candidate, with a reason for each one dropped and every score computed.

        N may be 0. Choices rest on the candidates and the training view alone.
        """


class QuotaSelector(Selector):
    """Promise grades; quotas, the same for all such selectors, make the decisions of them."""

    per_class: int | None = Field(default=None, ge=0)
    """At most so many of each class are kept, the best first; None: all that pass."""
    fill: int = Field(default=0, ge=0)
    """Where fewer of a class pass, its best others fill up to so many; 0: a class may be left empty, which
    the run then says, or stops at (the pipeline's `if_class_empty`)."""

    @model_validator(mode="after")
    def _fill_fits(self) -> Self:
        if self.per_class is not None and self.fill > self.per_class:
            raise ValueError(f"fill ({self.fill}) must not be above per_class ({self.per_class})")
        return self

    @abstractmethod
    def grade(self, candidates: Candidates, train: TrainView, context: Context) -> Grades:
        """Say of each candidate whether it passes, how it ranks, and why it failed if it did.

        N may be 0. Grades rest on the candidates and the training view alone.
        """

    @final
    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        """Grade the candidates, and keep what the quotas allow."""
        grades = self.grade(candidates, train, context)
        return decided(grades, candidates.pool, self.per_class, self.fill)
