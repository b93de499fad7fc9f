"""Selection by the density ratio of the generator's own discriminator."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug.contracts import Candidates, ChainPosition, Context, RankingSelector
from genaug.data import Scores, TrainView
from genaug.data.folds import random_keys
from genaug_plugins.scoring.scores import best_share, check_recorded, recorded_score

EPSILON = 1e-8
"""ε: keeps the logarithm finite at the maximum of a class."""


class DiscriminatorSelector(RankingSelector):
    """Accept candidates by rejection sampling, so that their distribution is nearer to the data's.

    Discriminator rejection sampling (Azadi et al. 2019, arXiv 1810.06758). With D̃ the log density
    ratio log p_data / p_model, and D̃_M the largest of a class's candidates, a candidate is accepted with
    probability σ(F̂),

        F̂ = D̃ − D̃_M − log(1 − e^(D̃ − D̃_M − ε)) − γ.

    At γ = 0 that is e^(D̃ − D̃_M), rejection sampling, which accepts few; γ, a percentile of the
    class's F̂ before it is subtracted, accepts more and corrects less.

    It needs a generator that scores its samples by the ratio, such as `gan`, which fits it when it
    was trained: on its held-out samples (`hold_out`), or on the discriminator's training samples, where it is
    overconfident, so that accepted candidates are then nearer to copies.
    """

    name: ClassVar[str] = "discriminator"

    by: Literal["rejection", "rank"] = "rejection"
    """`rejection`: accept at random; `rank`: keep the candidates of highest ratio, which does not follow the
    data's distribution but prefers its most likely part."""
    percentile: float | None = Field(default=80.0, ge=0, le=100)
    """By rejection: γ as a percentile of each class's candidates; the share accepted falls as it rises.
    None: γ = 0."""
    share: float = Field(default=0.5, gt=0, le=1)
    """By rank: the share of each class's candidates that is kept, rounded to the nearest count."""
    score: str = "generator.log_density_ratio"
    """The recorded score that is log p_data / p_model."""

    def check_place(self, place: ChainPosition) -> None:
        """Raise an error for a score that nothing before this selector records."""
        check_recorded(self.score, place, self.name)

    def score_candidates(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
        """Accept or rank each class's candidates.

        Raises:
            ConfigError: if there is no such score.
        """
        ratio = recorded_score(candidates, self.score, self.name)
        keys = random_keys(candidates.pool.ids, context.seed, self.name)
        if self.by == "rank":
            passed = best_share(candidates.pool, ratio, self.share)
            beyond = f"not among the highest {self.share:.3g} of its class by {self.score}"
            return Scores(passed, ratio, beyond)
        log_acceptance, warnings = np.full(len(ratio), np.nan), []
        for label, name in enumerate(train.spec.class_names):
            rows = np.flatnonzero((candidates.pool.labels == label) & ~np.isnan(ratio))
            if len(rows):
                own = ratio[rows]
                log_acceptance[rows] = log_accepted(own, self.percentile)
                if len(rows) > 1 and own.min() == own.max():
                    warnings.append(
                        f"class {name!r}: the discriminator gives {len(rows)} candidates "
                        "the same score, so random keys decide"
                    )
        with np.errstate(divide="ignore"):  # a key may be 0
            surplus = log_acceptance - np.log(keys)  # above 0 where accepted
        scores = {"acceptance": np.exp(log_acceptance), "random_key": keys}
        # Of those accepted, key / acceptance is uniform whatever the acceptance: `max_per_class` by it takes
        # a random subset, and `min_per_class` accepts more of all.
        ranking = np.minimum(surplus, np.finfo(np.float64).max)
        failure = np.full(len(ratio), "its random key was above its acceptance", dtype=np.object_)
        failure[np.isnan(ratio)] = f"it has no {self.score}"
        return Scores(surplus > 0, ranking, failure, scores, warnings, -ranking)


def log_accepted(ratio: NDArray[np.float64], percentile: float | None) -> NDArray[np.float64]:
    """Return log σ(F̂) of the candidates of one class, ``[N]``.

    Args:
        ratio: log p_data / p_model, finite ``[N]``, N ≥ 1.
        percentile: γ as a percentile of F̂ + γ; None: γ = 0.
    """
    below = ratio - ratio.max() - EPSILON
    f = below + EPSILON - np.log(-np.expm1(below))
    gamma = 0.0 if percentile is None else float(np.percentile(f, percentile))
    log_sigma: NDArray[np.float64] = -np.logaddexp(0, gamma - f)
    return log_sigma
