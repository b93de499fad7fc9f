"""Selection by the realism score: nearness to the manifold of the training samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Candidates, Context, Extractor, RankingSelector
from genaug.data import DataFacts, Scores, TrainView
from genaug.data.summary import count

_OF_A_COPY = 1e9
"""Recorded for an infinite r/d, as scores must be finite."""


class RealismSelector(RankingSelector):
    """Keep candidates of high realism R(g) = max_i r_i / d(g, φ_i) (Kynkäänniemi et al. 2019).

    r_i is the distance of training sample i to its k-th nearest other one; the half with the larger radii is
    ignored. As in the paper, training samples of all classes are used: to check that a candidate looks like
    its own class use `top-k`, or `within: class`. R is infinite for a copy of a training sample: realism
    rewards copying, so put `near-copy` before it, or use the validator `memorization` as well. An infinite
    score is recorded as 1e9.
    """

    name: ClassVar[str] = "realism"

    at_least: float = Field(default=1.0, ge=0)
    """The lowest realism kept; at 1 a candidate is on the boundary of a training sample's ball."""
    share: float | None = Field(default=None, gt=0, le=1)
    """Keep this share of each class, the most realistic, rounded to the nearest count; None: use
    `at_least`."""
    k: int = Field(default=3, ge=1)
    """The distance to the k-th neighbour is a training sample's radius."""
    within: Literal["all", "class"] = "all"
    """The training samples that are used: all, or those of the candidate's class; neighbours are searched
    among them."""
    extractor: Use[Extractor] | None = None
    """The feature space. None: the pipeline's."""

    def check_data(self, facts: DataFacts) -> Iterator[str]:
        """Refuse k neighbours where there are k training samples or fewer."""
        from genaug_plugins.scoring.neighbours_needed import check_neighbours

        yield from super().check_data(facts)
        yield from check_neighbours(self.name, self.k, self.within, facts)

    def score_candidates(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
        """Measure the realism of each candidate.

        Raises:
            DataError: if all training samples are used, and there are k of them or fewer.
        """
        from genaug_plugins.metrics.realism import Realism
        from genaug_plugins.scoring.against_training import measure_candidates, passing

        values, warnings = measure_candidates(
            candidates,
            train,
            context,
            self.extractor,
            lambda real: Realism(real, self.k).of,
            self.k,
            self.within,
            self.name,
        )
        copies = int(np.isinf(values).sum())
        said = f"{count(copies, 'candidate')} with exactly the features of a training sample"
        values = np.minimum(values, _OF_A_COPY)
        passed, failure = passing(candidates.pool, values, self.at_least, self.share, self.name)
        return Scores(
            passed, values, failure, {"realism": values}, warnings, remarks=(said,) if copies else ()
        )
