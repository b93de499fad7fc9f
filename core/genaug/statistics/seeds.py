"""Intervals of a mean over seeds."""

from collections.abc import Sequence

import numpy as np


def seed_interval(
    values: Sequence[float], level: float = 0.95
) -> tuple[float, tuple[float, float] | None, float | None]:
    """Return mean, t-interval and standard deviation of one value or more, each from another seed.

    x̄ ± t_{(1 + level)/2, n−1} · s/√n, with s the standard deviation with divisor n − 1. Neither interval nor
    deviation exists for a single value: they are None.
    """
    from scipy import stats

    mean = float(np.mean(values))
    if len(values) < 2:
        return mean, None, None
    deviation = float(np.std(values, ddof=1))
    half = float(stats.t.ppf((1 + level) / 2, len(values) - 1)) * deviation / len(values) ** 0.5
    return mean, (mean - half, mean + half), deviation
