"""A score on record, by its name."""

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Candidates
from genaug.errors import ConfigError


def recorded(candidates: Candidates, score: str, selector: str) -> NDArray[np.float64]:
    """Return a score of the N candidates, float64 ``[N]``.

    Args:
        candidates: with the scores that earlier selectors and the generator gave.
        score: ``step.name`` or ``generator.name``.
        selector: who asks, for the error.

    Raises:
        ConfigError: where there is none of that name; it lists those there are.
    """
    if score not in candidates.scores:
        there = ", ".join(sorted(candidates.scores)) or "none at all"
        raise ConfigError(
            f"selector {selector}: no score {score!r} is on record here; there is {there}. A selector's "
            "scores are for those behind it in the chain: put the one that records it first"
        )
    return candidates.scores[score]
