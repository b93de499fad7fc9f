"""Selection by the entropy of the predictions of a model trained on the real data."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from genaug.components.references import Use
from genaug.contracts import Candidates, Context, Extractor, RankingSelector, Task
from genaug.data import Scores, TrainView
from genaug_plugins.scoring.scores import Best, scores_within


class EntropySelector(RankingSelector):
    """Keep a candidate iff the entropy of a judge's probabilities is within bounds.

    H = −Σ_c p_c ln p_c / ln C over the C classes: 0 for a certain prediction, of whichever class, 1 for a
    uniform one. So a low entropy does not mean the correct class: combine it with `top-k` or `confidence`.
    The judges are trained on the training view alone, by cross-fitting.
    """

    name: ClassVar[str] = "entropy"

    at_least: float = Field(default=0.0, ge=0, le=1)
    """The lowest entropy kept, as a share of ln C: above 0, easy candidates are dropped."""
    at_most: float = Field(default=0.5, ge=0, le=1)
    """The highest entropy kept, as a share of ln C: below 1, ambiguous candidates are dropped."""
    best: Best = "lowest"
    """Whether `max_per_class` prefers low or high entropies."""
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
        """Fit the judges, and compare the entropy of their probabilities with the bounds.

        Raises:
            DataError: if the judge cannot be trained on the training view.
        """
        from genaug_plugins.scoring.cross_fitting import cross_fit

        found = cross_fit(candidates, train, context, self.judge, self.folds, self.extractor)
        scores = {"entropy": found.entropy, "probability": found.probability, "judge": found.judge}
        return scores_within(
            found.entropy, "entropy", self.at_least, self.at_most, self.best, scores=scores, notes=found.notes
        )
