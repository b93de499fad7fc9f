"""Keep what is where training samples are dense."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Candidates, Context, Extractor, RankingSelector
from genaug.data import Scores, TrainView


class DensitySelector(RankingSelector):
    """Keep candidates of high density 1/k Σ_i 1[d(g, φ_i) < r_i] (Naeem et al. 2020), each by itself.

    r_i is the distance of training sample i to its k-th nearest other one: the density counts the
    balls that a candidate is in, over k; for a fresh draw from the training samples' distribution
    it is 1 on average. Where `realism` asks for one ball, and is infinite for a copy, this asks for
    many: it favours the middle of what is usual and drops what is rare, so look at recall and
    coverage of what is left.
    """

    name: ClassVar[str] = "density"

    at_least: float = Field(default=1.0, ge=0)
    """The lowest density kept."""
    share: float | None = Field(default=None, gt=0, le=1)
    """Keep this share of each class, the densest, rounded to the nearest count, whatever their
    density; None: go by `at_least`."""
    k: int = Field(default=5, ge=1)
    """Which neighbour's distance is a training sample's radius."""
    within: Literal["all", "class"] = "class"
    """Whose training samples count: all, or those of the candidate's class, whose neighbours are then
    sought among them alone."""
    extractor: Use[Extractor] | None = None
    """The feature space. None: the pipeline's."""

    def score_candidates(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
        """Measure the density at each candidate.

        Raises:
            DataError: where all training samples count, and there are k of them or fewer.
        """
        from genaug_plugins.metrics.density import Density
        from genaug_plugins.scoring.against_training import measure_candidates, passing

        values, notes = measure_candidates(
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
        return Scores(passed, values, failure, {"density": values}, notes)
