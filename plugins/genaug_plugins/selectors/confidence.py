"""Selection by the probability that a model trained on the real data gives the candidate's class."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from genaug.contracts import Candidates, Context
from genaug.data import Scores, TrainView
from genaug_plugins.scoring.judged_selector import JudgedSelector
from genaug_plugins.scoring.scores import Best, best_share, scores_within


class ConfidenceSelector(JudgedSelector):
    """Keep a candidate iff a judge's probability of its class is within bounds.

    The judges (models) are trained on the training view alone, by cross-fitting: no judge scores a candidate
    made from its own training samples. A lower bound drops candidates that are not recognised; an
    upper bound drops those that are easily recognised, which may add little to a classifier's training.
    Probabilities are not calibrated: those of a small network are often overconfident.
    """

    name: ClassVar[str] = "confidence"

    at_least: float = Field(default=0.5, ge=0, le=1)
    """The lowest probability of its own class for a candidate to be kept."""
    at_most: float = Field(default=1.0, ge=0, le=1)
    """The highest probability of its own class for a candidate to be kept."""
    share: float | None = Field(default=None, gt=0, le=1)
    """Of those within the bounds, keep no more than this share of all candidates of the class, the best
    first; None: all."""
    best: Best = "highest"
    """Whether `share` and `max_per_class` prefer high or low probabilities."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.at_least > self.at_most:
            raise ValueError(f"at_least ({self.at_least:g}) must not be above at_most ({self.at_most:g})")
        return self

    def score_candidates(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
        """Fit the judges, and compare the probability of each candidate's class with the bounds.

        Raises:
            DataError: if the judge cannot be trained on the training view.
        """
        found = self.predictions(candidates, train, context)
        scored = scores_within(
            found.probability,
            "probability of its class",
            self.at_least,
            self.at_most,
            self.best,
            scores={"probability": found.probability, "judge": found.judge},
            warnings=found.warnings,
            remarks=found.remarks,
        )
        if self.share is None:
            return scored
        within = scored.passed
        passed = best_share(candidates.pool, np.where(within, scored.ranking, np.nan), self.share)
        failure = np.asarray(scored.failure, dtype=np.object_).copy()
        failure[within & ~passed] = f"not among the {self.best} {self.share:.3g} of its class by probability"
        # If a class is filled up, candidates within the bounds are ranked before those outside.
        ranking = scored.ranking + 2 * within
        return replace(scored, passed=passed, ranking=ranking, failure=failure)
