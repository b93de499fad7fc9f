"""Selection by bounds of a recorded score."""

from typing import ClassVar, Self

from pydantic import model_validator

from genaug.contracts import Candidates, ChainPosition, Context, RankingSelector
from genaug.data import Scores, TrainView
from genaug_plugins.scoring.scores import Best, check_recorded, recorded_score, scores_within


class ThresholdSelector(RankingSelector):
    """Keep candidates whose recorded score is within bounds.

    A candidate without that score (NaN) is dropped.
    """

    name: ClassVar[str] = "threshold"

    score: str
    """A score that an earlier selector recorded (`top-k.probability`), or the generator
    (`generator.log_density_ratio`); an unknown one gives an error with the list of available scores."""
    at_least: float | None = None
    """The lowest value kept; None: no lower bound."""
    at_most: float | None = None
    """The highest value kept; None: no upper bound."""
    best: Best | None = None
    """Whether `max_per_class` prefers high or low values; None: high ones, or low ones if only `at_most` is
    set."""

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("set at_least, at_most or both: without a bound everything is kept")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"at_least ({self.at_least:g}) must not be above at_most ({self.at_most:g})")
        return self

    def check_place(self, place: ChainPosition) -> None:
        """Raise an error for a score that nothing before this selector records."""
        check_recorded(self.score, place, self.name)

    def score_candidates(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
        """Compare the score with the bounds.

        Raises:
            ConfigError: if there is no such score.
        """
        score = recorded_score(candidates, self.score, self.name)
        best = self.best or ("lowest" if self.at_least is None else "highest")
        return scores_within(score, self.score, self.at_least, self.at_most, best, scores={})
