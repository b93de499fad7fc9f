"""Keep what a judge, trained on the real data, is undecided about to a chosen degree."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from genaug.components.references import Use
from genaug.contracts import Candidates, Context, Extractor, RankingSelector, Task
from genaug.data import Scores, TrainView
from genaug_plugins.scoring.scores import Best, scores_within


class EntropySelector(RankingSelector):
    """Keep a candidate iff the entropy of the judge's probabilities is within bounds.

    H = −Σ_c p_c ln p_c / ln C over the C classes: 0 where the judge is sure of one class, whichever
    that is, 1 where it cannot tell. So a low entropy does not mean the right class: chain `top-k`
    or `confidence` with it. The judges are fitted crosswise on the training view alone.
    """

    name: ClassVar[str] = "entropy"

    at_least: float = Field(default=0.0, ge=0, le=1)
    """The lowest entropy kept, as a share of ln C: above 0, what is easy is dropped."""
    at_most: float = Field(default=0.5, ge=0, le=1)
    """The highest one: below 1, what nobody can tell is dropped."""
    best: Best = "lowest"
    """Which entropies `max_per_class` prefers."""
    judge: Use[Task] = Field(default={"use": "classification"}, validate_default=True)
    """The task whose models judge."""
    folds: int = Field(default=5, ge=1)
    """Parts of the training view, and judges, each trained without one part; 1: one judge, trained on all."""
    extractor: Use[Extractor] | None = None
    """Where the training sample nearest to a candidate is looked for, which says who may judge it. None:
    the pipeline's."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.at_least > self.at_most:
            raise ValueError(f"at_least ({self.at_least:g}) must not be above at_most ({self.at_most:g})")
        return self

    def score_candidates(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
        """Fit the judges, and compare the entropy of their probabilities with the bounds.

        Raises:
            DataError: where the judge cannot learn the training view.
        """
        from genaug_plugins.scoring.cross_fitting import cross_fit

        found = cross_fit(candidates, train, context, self.judge, self.folds, self.extractor)
        scores = {"entropy": found.entropy, "probability": found.probability, "judge": found.judge}
        return scores_within(
            found.entropy, "entropy", self.at_least, self.at_most, self.best, scores=scores, notes=found.notes
        )
