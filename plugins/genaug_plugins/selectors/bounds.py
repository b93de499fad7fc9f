"""Grades by a score that has to lie within bounds."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from genaug.data import Grades

Best = Literal["highest", "lowest"]


def graded(
    score: NDArray[np.float64],
    what: str,
    at_least: float | None,
    at_most: float | None,
    best: Best,
    *,
    scores: Mapping[str, NDArray[np.float64]],
    notes: Sequence[str] = (),
) -> Grades:
    """Pass candidates whose score lies within the bounds; those outside rank by how near they come to them.

    Args:
        score: float64 ``[N]``; NaN never passes.
        what: the score's name in the reasons.
        at_least: the lowest that passes; None: no bound.
        at_most: the highest that passes; None: no bound.
        best: which of those that pass are preferred.
        scores: as in `Grades`.
        notes: as in `Grades`.
    """
    low = -np.inf if at_least is None else at_least
    high = np.inf if at_most is None else at_most
    passed = (score >= low) & (score <= high)
    outside = np.maximum(low - score, score - high)  # above 0 outside
    preference = np.where(passed, score if best == "highest" else -score, -outside)
    failure = np.full(len(score), f"it has no {what}", dtype=np.object_)
    failure[score < low] = f"{what} below {low:g}"
    failure[score > high] = f"{what} above {high:g}"
    return Grades(passed, preference, failure, scores, notes)
