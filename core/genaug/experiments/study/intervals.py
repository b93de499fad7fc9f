"""Means over seeds, and how sure they are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """Hold a mean over seeds.

    Attributes:
        n: seeds.
        mean: of the values.
        interval: 95 % interval of the mean; None below two seeds.
        deviation: standard deviation of the values, with divisor n − 1; None below two seeds.
    """

    n: int
    mean: float
    interval: tuple[float, float] | None
    deviation: float | None

    def outcome(self, better: Literal["higher", "lower"] | None) -> str:
        """Say in a word or two what a paired difference shows; nothing where it has no interval.

        Args:
            better: which way is good; None where neither is.
        """
        if self.interval is None:
            return ""
        low, high = self.interval
        if not (low > 0 or high < 0):
            return "no difference seen"
        way = "higher" if low > 0 else "lower"
        return way if better is None else "better" if way == better else "worse"


def mean_interval(values: Sequence[float]) -> Estimate:
    """Return the mean of one value or more, with x̄ ± t_{.975, n−1} · s/√n, s with divisor n − 1."""
    from scipy import stats

    n = len(values)
    mean = math.fsum(values) / n
    if n < 2:
        return Estimate(n, mean, None, None)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    half = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) * deviation / math.sqrt(n)
    return Estimate(n, mean, (mean - half, mean + half), deviation)
