"""Selection of the best share of each class by a recorded score."""

from typing import ClassVar

import numpy as np
from pydantic import Field

from genaug.contracts import Candidates, ChainPosition, Context, RankingSelector
from genaug.data import Scores, TrainView
from genaug_plugins.scoring.scores import Best, best_share, check_recorded, recorded_score


class ShareSelector(RankingSelector):
    """Keep the given share of each class, the best by any recorded score.

    A candidate without that score (NaN) is dropped.
    """

    name: ClassVar[str] = "share"

    score: str
    """A score that an earlier selector recorded (`top-k.probability`), or the generator
    (`generator.log_density_ratio`); an unknown one gives an error with the list of available scores."""
    share: float = Field(default=0.5, gt=0, le=1)
    """The share of each class's candidates that is kept, rounded to the nearest count."""
    best: Best = "highest"
    """Whether a high score is better, or a low one, such as a distance."""

    def check_place(self, place: ChainPosition) -> None:
        """Raise an error for a score that nothing before this selector records."""
        check_recorded(self.score, place, self.name)

    def score_candidates(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
        """Rank each class by the score.

        Raises:
            ConfigError: if there is no such score.
        """
        score = recorded_score(candidates, self.score, self.name)
        ranking = score if self.best == "highest" else -score
        passed = best_share(candidates.pool, ranking, self.share)
        failure = np.full(
            len(score),
            f"not among the {self.best} {self.share:.3g} of its class by {self.score}",
            dtype=np.object_,
        )
        failure[np.isnan(score)] = f"it has no {self.score}"
        return Scores(passed, ranking, failure)
