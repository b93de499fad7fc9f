"""Selectors decide which candidates are kept."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from genaug.components.component import Component
from genaug.contracts.context import Context
from genaug.data import Pool, Scores, Selection, TrainView
from genaug.data.facts import DataFacts
from genaug.data.samples import IntArray
from genaug.data.scores import select_by_scores
from genaug.renamed import accept_old_methods


@dataclass(frozen=True, eq=False)
class Candidates:
    """The candidates that earlier selectors kept, with the scores so far.

    Attributes:
        pool: N candidates with their lineage.
        scores: float64 ``[N]`` under ``selector.score``, and of the sampler under ``generator.score``.
    """

    pool: Pool
    scores: Mapping[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.pool)


@dataclass(frozen=True)
class ChainPosition:
    """The position of a selector in its chain, for checks of the config.

    Attributes:
        generator: name of the generator.
        given: names of the scores of its samplers (`Generator.given_scores`).
        before: names of the selectors before this one, in order.
    """

    generator: str
    given: frozenset[str]
    before: tuple[str, ...]


class Selector(Component):
    """Base class of selectors: a selector keeps or drops each candidate."""

    kind: ClassVar[str] = "selector"

    def check_place(self, position: ChainPosition) -> None:
        """Raise ValueError where this selector cannot work at this position or with this generator.

        Called when the config is checked, long before candidates are made.
        """

    def most_kept(self, facts: DataFacts) -> IntArray | None:
        """Return the most candidates of each class that it can keep of `facts.candidates`.

        The selectors after it are checked against these numbers. Default: all of them.
        """
        return facts.candidates

    @abstractmethod
    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        """Return a decision on each candidate, a reason for each dropped one, and the computed scores.

        N may be 0. The decisions depend on the candidates and the training view alone.
        """


class RankingSelector(Selector):
    """Base class of selectors that score candidates; limits per class then decide which are kept."""

    renamed_settings: ClassVar[Mapping[str, str]] = {"per_class": "max_per_class", "fill": "min_per_class"}

    max_per_class: int | None = Field(default=None, ge=0)
    """Most candidates to keep of each class, the best first; None: all that pass."""
    min_per_class: int = Field(default=0, ge=0)
    """Fewest candidates to keep of each class: where fewer pass, the best of the others are kept, too. 0: a
    class may become empty, which is a warning or an error by the pipeline's `if_class_empty`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        accept_old_methods(cls, {"grade": "score_candidates"})
        super().__init_subclass__(**kwargs)

    @model_validator(mode="after")
    def _limits_are_ordered(self) -> Self:
        if self.max_per_class is not None and self.min_per_class > self.max_per_class:
            raise ValueError(
                f"min_per_class ({self.min_per_class}) must not be above max_per_class ({self.max_per_class})"
            )
        return self

    def most_kept(self, facts: DataFacts) -> IntArray | None:
        """Return at most `max_per_class` of each class."""
        if facts.candidates is None or self.max_per_class is None:
            return facts.candidates
        return np.minimum(facts.candidates, self.max_per_class)

    def check_data(self, facts: DataFacts) -> Iterable[str]:
        """Remark on a `max_per_class` that no class can reach."""
        most, limit = facts.candidates, self.max_per_class
        if most is not None and limit is not None and limit > 0 and most.max() < limit:
            yield (
                f"max_per_class {limit} limits nothing: at most {most.max()} candidates of a class reach the "
                f"selector {self.name!r}"
            )

    @abstractmethod
    def score_candidates(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
        """Return for each candidate whether it passes, its rank, and the reason where it does not pass.

        N may be 0. Scores depend on the candidates and the training view alone.
        """

    @final
    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        """Score the candidates, and keep as many as the limits allow."""
        scores = self.score_candidates(candidates, train, context)
        return select_by_scores(scores, candidates.pool, self.max_per_class, self.min_per_class)
