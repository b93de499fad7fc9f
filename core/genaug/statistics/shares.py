"""Intervals of shares that were counted."""

from scipy.stats import binomtest


def wilson_interval(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of the share hits/n (Wilson 1927).

    Args:
        hits: 0 … n.
        n: at least 1.

    Returns:
        The lower and the upper end, in [0, 1].
    """
    interval = binomtest(hits, n).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)
