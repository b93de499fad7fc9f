"""Selection by the density of training samples around a candidate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Candidates, Context, Extractor, RankingSelector
from genaug.data import DataFacts, Scores, TrainView


class DensitySelector(RankingSelector):
    """Keep candidates of high density 1/k Σ_i 1[d(g, φ_i) < r_i] (Naeem et al. 2020).

    r_i is the distance of training sample i to its k-th nearest other one: the density counts the
    balls that a candidate is in, over k; for a fresh draw from the training samples' distribution
    it is 1 on average. While `realism` depends on a single ball, and is infinite for a copy, the density
    counts many: it prefers typical samples and drops rare ones, so check recall and coverage of the kept
    ones.
    """

    name: ClassVar[str] = "density"

    at_least: float = Field(default=1.0, ge=0)
    """The lowest density kept."""
    share: float | None = Field(default=None, gt=0, le=1)
    """Keep this share of each class, those of highest density, rounded to the nearest count; None: use
    `at_least`."""
    k: int = Field(default=5, ge=1)
    """The distance to the k-th neighbour is a training sample's radius."""
    within: Literal["all", "class"] = "class"
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
        """Measure the density at each candidate.

        Raises:
            DataError: if all training samples are used, and there are k of them or fewer.
        """
        from genaug_plugins.metrics.density import Density
        from genaug_plugins.scoring.against_training import measure_candidates, passing

        values, warnings = measure_candidates(
            candidates,
            train,
            context,
            self.extractor,
            lambda real: Density(real, self.k).of,
            self.k,
            self.within,
            self.name,
        )
        passed, failure = passing(candidates.pool, values, self.at_least, self.share, self.name)
        return Scores(passed, values, failure, {"density": values}, warnings)
