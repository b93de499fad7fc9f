"""Operations on scores: ranking, requirements, comparison with bounds."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Candidates, ChainPosition
from genaug.data import Pool, Scores
from genaug.data.samples import BoolArray
from genaug.errors import ConfigError

Best = Literal["highest", "lowest"]


def best_share(pool: Pool, ranking: NDArray[np.float64], share: float) -> BoolArray:
    """Return the candidates among the best `share` of their class, rounded to the nearest count.

    Args:
        pool: N candidates; their ids break ties.
        ranking: float64 ``[N]``, higher is better; NaN is never among the best.
        share: of each class's candidates, in [0, 1].

    Returns:
        bool ``[N]``.
    """
    best = np.zeros(len(pool), dtype=np.bool_)
    for label in np.unique(pool.labels):
        rows = np.flatnonzero(pool.labels == label)
        quota = round(share * len(rows))
        rows = rows[~np.isnan(ranking[rows])]
        best[rows[np.lexsort((pool.ids[rows], -ranking[rows]))][:quota]] = True
    return best


def scores_within(
    score: NDArray[np.float64],
    what: str,
    at_least: float | None,
    at_most: float | None,
    best: Best,
    *,
    scores: Mapping[str, NDArray[np.float64]],
    warnings: Sequence[str] = (),
    remarks: Sequence[str] = (),
) -> Scores:
    """Pass candidates whose score is within the bounds; the others are ranked by their distance to the
    bounds.

    Args:
        score: float64 ``[N]``; NaN never passes.
        what: the score's name in the reasons.
        at_least: the lowest that passes; None: no bound.
        at_most: the highest that passes; None: no bound.
        best: which of those that pass are ranked first.
        scores: as in `Scores`.
        warnings: as in `Scores`.
        remarks: as in `Scores`.
    """
    low = -np.inf if at_least is None else at_least
    high = np.inf if at_most is None else at_most
    passed = (score >= low) & (score <= high)
    outside = np.maximum(low - score, score - high)  # above 0 outside
    ranking = np.where(passed, score if best == "highest" else -score, -outside)
    failure = np.full(len(score), f"it has no {what}", dtype=np.object_)
    failure[score < low] = f"{what} below {low:g}"
    failure[score > high] = f"{what} above {high:g}"
    return Scores(passed, ranking, failure, scores, warnings, remarks=remarks)


def check_recorded(score: str, position: ChainPosition, selector: str) -> None:
    """Raise an error if nothing before `position` records a score.

    Args:
        score: ``step.name`` or ``generator.name``.
        position: of the selector that needs it.
        selector: the selector's name, for the error.

    Raises:
        ValueError: with the list of available scores.
    """
    step, _, name = score.partition(".")
    if step == "generator" and name not in position.given:
        given = ", ".join(f"generator.{known}" for known in sorted(position.given))
        raise ValueError(
            f"{selector} needs the score {score!r}, but the generator {position.generator!r} gives "
            f"{given or 'none'}: choose another score, or another generator (`gan` gives "
            "generator.discriminator and generator.log_density_ratio)"
        )
    if step != "generator" and step not in position.before:
        before = ", ".join(position.before) or "none"
        raise ValueError(
            f"{selector} needs the score {score!r}, which only a selector {step!r} before it can record; "
            f"those before it: {before}. Write a score as selector.name or generator.name"
        )


def recorded_score(candidates: Candidates, score: str, selector: str) -> NDArray[np.float64]:
    """Return a score of the N candidates, float64 ``[N]``.

    Args:
        candidates: with the scores that earlier selectors and the generator gave.
        score: ``step.name`` or ``generator.name``.
        selector: the selector's name, for the error.

    Raises:
        ConfigError: if there is none of that name; with the list of available scores.
    """
    if score not in candidates.scores:
        there = ", ".join(sorted(candidates.scores)) or "none"
        raise ConfigError(
            f"selector {selector}: no score {score!r} is recorded here; available: {there}. The scores of a "
            "selector are available to those after it in the chain; the scores of a generator fitted by an "
            "earlier version need a new fit"
        )
    return candidates.scores[score]
