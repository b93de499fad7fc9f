"""Selection of candidates that models trained on the real data assign to their class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from pydantic import Field

from genaug.contracts import Candidates, Context
from genaug.data import DataFacts, Scores, TrainView
from genaug.errors import DataError
from genaug_plugins.scoring.judged_selector import JudgedSelector


class TopKSelector(JudgedSelector):
    """Keep a candidate iff its class is among the k most probable ones of its judge.

    The judges (models) are trained on the training view alone, each without one fold of it; a candidate is
    scored by the one that was not trained on its source samples, or, without lineage, on its nearest training
    sample. With few samples they are uncertain, and prefer candidates that resemble the training samples. A
    remark states their accuracy on training samples they were not trained on: the reliability of the filter.
    """

    name: ClassVar[str] = "top-k"

    k: int = Field(default=1, ge=1)
    """The highest rank of a candidate's class among the judge's predictions."""

    def check_data(self, facts: DataFacts) -> Iterator[str]:
        """Refuse a rank that does not exist."""
        yield from super().check_data(facts)
        classes = facts.spec.classes
        if self.k > classes:
            fewer = "1" if classes < 3 else f"1 … {classes - 1}"
            raise DataError(
                f"selector {self.name}: k = {self.k} is above the number of classes, {classes}, so "
                f"that every candidate would pass: lower k to {fewer}, or leave the selector out"
            )
        if self.k == classes:
            yield f"selector {self.name}: k = {self.k} keeps every candidate: there are {classes} classes"

    def score_candidates(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
        """Fit the judges, and rank each candidate's class: 1 + the number of classes more probable.

        A class that has no training samples cannot be recognised: its candidates do not pass.

        Raises:
            DataError: if the judge cannot be trained on the training view.
            PluginFailed: if a judge does not return probabilities.
        """
        found = self.predictions(candidates, train, context)
        classes = train.spec.classes
        failure = np.full(
            len(candidates), "its class has no training samples: no judge was trained on it", object
        )
        for rank in range(self.k + 1, classes + 1):  # one text per rank
            failure[found.rank == rank] = (
                f"the judge ranked its class {rank} of {classes}; rank {self.k} is the last kept"
            )
        return Scores(
            passed=found.rank <= self.k,
            ranking=found.probability,
            failure=failure,
            scores={"probability": found.probability, "rank": found.rank, "judge": found.judge},
            warnings=found.warnings,
            remarks=found.remarks,
        )
