"""Selection by the probability that a model trained on the real data gives the candidate's class."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from genaug.components.references import Use
from genaug.contracts import Candidates, Context, Extractor, RankingSelector, Task
from genaug.data import Scores, TrainView
from genaug.data.samples import BoolArray
from genaug_plugins.scoring.scores import Best, best_share, scores_within


class ConfidenceSelector(RankingSelector):
    """Keep a candidate iff a judge's probability of its class is within bounds.

    The judges (models) are trained here, on the training view alone, by cross-fitting: no judge scores a
    candidate made from its own training samples. A lower bound drops candidates that are not recognised; an
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
    judge: Use[Task] = Field(default={"use": "classification"}, validate_default=True)
    """The task whose models are the judges."""
    folds: int = Field(default=5, ge=1)
    """Number of folds of the training view, and of judges, each trained without one fold; 1: one judge,
    trained on all."""
    extractor: Use[Extractor] | None = None
    """The feature space in which a candidate's nearest training sample is searched, which determines its
    judge. None: the pipeline's."""

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
        from genaug_plugins.scoring.cross_fitting import cross_fit

        found = cross_fit(candidates, train, context, self.judge, self.folds, self.extractor)
        scored = scores_within(
            found.probability,
            "probability of its class",
            self.at_least,
            self.at_most,
            self.best,
            scores={"probability": found.probability, "judge": found.judge},
            notes=found.notes,
        )
        return scored if self.share is None else self._shared(scored, candidates, self.share)

    def _shared(self, scored: Scores, candidates: Candidates, share: float) -> Scores:
        within: BoolArray = scored.passed
        eligible = np.where(within, scored.ranking, np.nan)
        passed = best_share(candidates.pool, eligible, share)
        failure = np.asarray(scored.failure, dtype=np.object_).copy()
        failure[within & ~passed] = f"not among the {self.best} {share:.3g} of its class by probability"
        # If a class is filled up, candidates within the bounds are ranked before those outside.
        ranking = scored.ranking + 2 * within
        return Scores(passed, ranking, failure, scored.scores, scored.notes)
