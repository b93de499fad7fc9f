"""Selection of candidates that models trained on the real data assign to their class."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Candidates, Context, Extractor, RankingSelector, Task
from genaug.data import Scores, TrainView


class TopKSelector(RankingSelector):
    """Keep a candidate iff its class is among the k most probable ones of its judge.

    The judges (models) are trained here, on the training view alone, each without one fold of it; a candidate
    is scored by the one that was not trained on its source samples, or, without lineage, on its nearest
    training sample. With few samples they are uncertain, and prefer candidates that resemble the training
    samples. A note gives their accuracy on training samples they were not trained on: the reliability of the
    filter.
    """

    name: ClassVar[str] = "top-k"

    k: int = Field(default=1, ge=1)
    """The highest rank of a candidate's class among the judge's predictions."""
    judge: Use[Task] = Field(default={"use": "classification"}, validate_default=True)
    """The task whose models are the judges."""
    folds: int = Field(default=5, ge=1)
    """Number of folds of the training view, and of judges; 1: a single judge, trained on all of it."""
    extractor: Use[Extractor] | None = None
    """The feature space in which the nearest training sample of a candidate without lineage is searched.
    None: the pipeline's."""

    def score_candidates(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
        """Fit the judges, and rank each candidate's class: 1 + the number of classes more probable.

        A class that has no training samples cannot be recognised: its candidates do not pass.

        Raises:
            DataError: if the judge cannot be trained on the training view.
            PluginFailed: if a judge does not return probabilities.
        """
        from genaug_plugins.scoring.cross_fitting import cross_fit

        found = cross_fit(candidates, train, context, self.judge, self.folds, self.extractor)
        classes = train.spec.classes
        failure = np.full(
            len(candidates), "its class has no training samples: no judge was trained on it", object
        )
        for rank in range(self.k + 1, classes + 1):  # one text per rank
            failure[found.rank == rank] = (
                f"the judge ranked its class {rank} of {classes}; rank {self.k} is the last kept"
            )
        notes = list(found.notes)
        if self.k >= classes:
            notes.append(
                f"k = {self.k} keeps every candidate of a known class: there are only {classes} classes"
            )
        return Scores(
            passed=found.rank <= self.k,
            ranking=found.probability,
            failure=failure,
            scores={"probability": found.probability, "rank": found.rank, "judge": found.judge},
            notes=notes,
        )
