"""Base class of selectors by the predictions of models that are trained on the real data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Candidates, Context, Extractor, RankingSelector, Task
from genaug.data import TrainView

if TYPE_CHECKING:
    from genaug_plugins.scoring.cross_fitting import CrossFitted


class JudgedSelector(RankingSelector):
    """Base class of selectors by the predictions of judges: models trained on the training view alone.

    The judges are cross-fitted: none scores a candidate that was made from its own training samples.
    """

    judge: Use[Task] = Field(default={"use": "classification"}, validate_default=True)
    """The task whose models are the judges."""
    folds: int = Field(default=5, ge=1)
    """Number of folds of the training view, and of judges, each trained without one fold; 1: one judge,
    trained on all."""
    extractor: Use[Extractor] | None = None
    """The feature space in which the nearest training sample of a candidate without lineage is searched,
    which determines its judge. None: the pipeline's."""

    if_judge_weak: Literal["warn", "error"] = "warn"
    """What happens where the judges are hardly better than chance on training samples they were not trained
    on: a warning, or an error that stops the run."""

    def predictions(self, candidates: Candidates, train: TrainView, context: Context) -> CrossFitted:
        """Fit the judges, and return their predictions for the candidates.

        Raises:
            DataError: if the judge cannot be trained on the training view.
            PluginFailed: if a judge does not return probabilities.
        """
        from genaug_plugins.scoring.cross_fitting import cross_fit

        return cross_fit(
            candidates, train, context, self.judge, self.folds, self.extractor, self.if_judge_weak
        )
