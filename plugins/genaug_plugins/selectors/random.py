"""Random selection: the control for every other selector."""

from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from genaug.contracts import Candidates, Context, RankingSelector
from genaug.data import Scores, TrainView
from genaug.data.folds import random_keys
from genaug_plugins.scoring.scores import best_share


class RandomSelector(RankingSelector):
    """Keep candidates at random, class by class.

    With neither `max_per_class` nor `share` set, half of each class is kept.
    """

    name: ClassVar[str] = "random"

    share: float | None = Field(default=None, ge=0, le=1)
    """The share of each class that is kept, rounded to the nearest count."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.max_per_class is not None and self.share is not None:
            raise ValueError("set max_per_class or share, not both")
        return self

    def score_candidates(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
        """Draw a random key for each candidate; the lowest of each class pass."""
        keys = random_keys(candidates.pool.ids, context.seed, "random")
        if self.max_per_class is not None:
            passed = np.ones(len(keys), dtype=np.bool_)
            return Scores(passed, -keys, "", {"random_key": keys}, random_keys=keys)
        share = 0.5 if self.share is None else self.share
        passed = best_share(candidates.pool, -keys, share)
        return Scores(
            passed, -keys, f"not among the share of {share:.3g} drawn of its class", {"random_key": keys}
        )
