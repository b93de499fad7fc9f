"""Keep a random share of each class: the control that every other selector must beat."""

from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from genaug.contracts import Candidates, Context, QuotaSelector
from genaug.data import Grades, TrainView
from genaug_plugins.selectors.lots import drawn_lots
from genaug_plugins.selectors.shares import best_share


class RandomSelector(QuotaSelector):
    """Keep candidates by lot, class by class.

    With neither `per_class` nor `share` set, half of each class is kept.
    """

    name: ClassVar[str] = "random"

    share: float | None = Field(default=None, ge=0, le=1)
    """Which share of each class is kept, rounded to the nearest count."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.per_class is not None and self.share is not None:
            raise ValueError("set per_class or share, not both")
        return self

    def grade(self, candidates: Candidates, train: TrainView, context: Context) -> Grades:
        """Draw a lot for each candidate; the lowest of each class pass."""
        lots = drawn_lots(candidates.pool.ids, context.seed, "random")
        if self.per_class is not None:
            passed = np.ones(len(lots), dtype=np.bool_)
            return Grades(passed, -lots, "", {"lot": lots}, lots=lots)
        share = 0.5 if self.share is None else self.share
        passed = best_share(candidates.pool, -lots, share)
        return Grades(passed, -lots, f"not among the share of {share:.3g} drawn of its class", {"lot": lots})
