"""Intervals of a mean over seeds."""

from collections.abc import Sequence

import numpy as np

from genaug.statistics.bounds import UNBOUNDED, Bounds, score_interval


def seed_interval(
    values: Sequence[float], level: float = 0.95, bounds: Bounds = UNBOUNDED
) -> tuple[float, tuple[float, float] | None, float | None]:
    """Return mean, t-interval and standard deviation of one value or more, each from another seed.

    x̄ ± t_{(1 + level)/2, n−1} · s/√n, with s the standard deviation with divisor n − 1. Neither interval nor
    deviation exists for a single value: they are None. With bounds of the true mean, the interval lies within
    them (`genaug.statistics.bounds.score_interval`).
    """
    from scipy import stats

    mean = float(np.mean(values))
    if len(values) < 2:
        return mean, None, None
    deviation = float(np.std(values, ddof=1))
    t = float(stats.t.ppf((1 + level) / 2, len(values) - 1))
    return mean, score_interval(mean, deviation / len(values) ** 0.5, t, bounds), deviation
