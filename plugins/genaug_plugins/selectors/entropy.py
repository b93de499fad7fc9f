"""Selection by the entropy of the predictions of a model trained on the real data."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from genaug.contracts import Candidates, Context
from genaug.data import Scores, TrainView
from genaug_plugins.scoring.judged_selector import JudgedSelector
from genaug_plugins.scoring.scores import Best, scores_within


class EntropySelector(JudgedSelector):
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
        found = self.predictions(candidates, train, context)
        scores = {"entropy": found.entropy, "probability": found.probability, "judge": found.judge}
        return scores_within(
            found.entropy,
            "entropy",
            self.at_least,
            self.at_most,
            self.best,
            scores=scores,
            warnings=found.warnings,
            remarks=found.remarks,
        )
