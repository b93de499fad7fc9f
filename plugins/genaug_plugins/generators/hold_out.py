"""How many training samples a gan holds out, known before the fit."""

from collections.abc import Sequence

from genaug.errors import DataError

K = 3
"""Neighbours of the recall that is measured on held-out samples; K + 1 samples are needed."""


def held_out_of(count: int, share: float) -> int:
    """Return how many of a class's training samples are held out: at least one, but never all, as a
    class without training samples cannot be sampled.
    """
    return min(max(1, round(share * count)), count - 1) if count else 0


def check_held_out(counts: Sequence[int], share: float) -> None:
    """Check that enough samples are held out to measure a generator.

    Args:
        counts: training samples of each class.
        share: of each class that is held out.

    Raises:
        DataError: if fewer than `K` + 1 samples would be held out.
    """
    held = sum(held_out_of(count, share) for count in counts)
    if held <= K:
        raise DataError(
            f"hold_out: {share:g} of {sum(counts)} training samples is {held}, too few to measure; "
            f"at least {K + 1} are needed: raise it, or set it to 0"
        )
