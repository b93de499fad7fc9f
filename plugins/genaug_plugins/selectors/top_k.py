"""Keep what judges, trained on the real data, take for the class it should be."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Candidates, Context, Extractor, RankingSelector, Task
from genaug.data import Scores, TrainView


class TopKSelector(RankingSelector):
    """Keep a candidate iff its class is among its judge's k most probable ones.

    The judges are fitted here, on the training view alone, each without one fold of it; a candidate
    is judged by the one that never saw the training samples it was made from, or, where its lineage
    names none, the training sample it resembles most. They know no more than that view does: with
    few samples they are unsure, and favour what looks like them. A note says how often they are
    right about training samples they were not trained on: what the filter is worth.
    """

    name: ClassVar[str] = "top-k"

    k: int = Field(default=1, ge=1)
    """How far down the judge's ranking a candidate's class may be."""
    judge: Use[Task] = Field(default={"use": "classification"}, validate_default=True)
    """The task whose models judge."""
    folds: int = Field(default=5, ge=1)
    """Into how many folds the training view is split, and so how many judges there are; 1: a single
    judge, trained on all of it."""
    extractor: Use[Extractor] | None = None
    """The feature space in which a candidate's nearest training sample is sought, where its lineage names
    none. None: the pipeline's."""

    def score_candidates(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
        """Fit the judges, and rank each candidate's class: 1 + the number of classes more probable.

        A class that has no training samples cannot be recognised: its candidates do not pass.

        Raises:
            DataError: where the judge cannot learn the training view.
            PluginFailed: where a judge returns no probabilities.
        """
        from genaug_plugins.scoring.cross_fitting import cross_fit

        found = cross_fit(candidates, train, context, self.judge, self.folds, self.extractor)
        classes = train.spec.classes
        failure = np.full(len(candidates), "its class has no training samples: no judge knows it", object)
        for rank in range(self.k + 1, classes + 1):  # one text for all that share a rank
            failure[found.rank == rank] = (
                f"the judge ranked its class {rank} of {classes}; rank {self.k} is the last kept"
            )
        notes = list(found.notes)
        if self.k >= classes:
            notes.append(
                f"k = {self.k} keeps every candidate a judge knows: there are only {classes} classes"
            )
        return Scores(
            passed=found.rank <= self.k,
            ranking=found.probability,
            failure=failure,
            scores={"probability": found.probability, "rank": found.rank, "judge": found.judge},
            notes=notes,
        )
