"""A score on record, by its name."""

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Candidates, Place
from genaug.errors import ConfigError


def check_recorded(score: str, place: Place, selector: str) -> None:
    """Raise where nothing before `place` can have recorded a score.

    Args:
        score: ``step.name`` or ``generator.name``.
        place: of the selector that asks.
        selector: who asks, for the error.

    Raises:
        ValueError: saying what there is.
    """
    step, _, name = score.partition(".")
    if step == "generator" and name not in place.given:
        given = ", ".join(f"generator.{known}" for known in sorted(place.given))
        raise ValueError(
            f"{selector} needs the score {score!r}, and the generator {place.generator!r} gives "
            f"{given or 'none'}: choose another score, or another generator (`gan` gives "
            "generator.discriminator and generator.log_density_ratio)"
        )
    if step != "generator" and step not in place.before:
        before = ", ".join(place.before) or "none"
        raise ValueError(
            f"{selector} needs the score {score!r}, which only a selector {step!r} before it can record; "
            f"those before it: {before}. Write a score as selector.name or generator.name"
        )


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
            f"selector {selector}: no score {score!r} is on record here; there is {there}. The scores of a "
            "selector are for those behind it in the chain; those of a generator fitted by an earlier "
            "version come with a new fit"
        )
    return candidates.scores[score]
