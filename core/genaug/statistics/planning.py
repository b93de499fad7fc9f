"""What a comparison can find out, before it is made."""

import math
from statistics import NormalDist

from genaug.errors import DataError

ERROR = 0.25
"""Error rate that is assumed where none is measured."""
CORRELATION = 0.5
"""Assumed correlation of whether two arms are right about a sample."""
PERSISTENT = 0.5
"""Assumed share of the variance of paired differences that is the same for every seed."""


def detectable_effect(
    n: int,
    seeds: int,
    error: float = ERROR,
    correlation: float = CORRELATION,
    persistent: float = PERSISTENT,
    power: float = 0.8,
    level: float = 0.95,
) -> float:
    """Return the smallest true gain in accuracy that a comparison would find with probability `power`.

    Two arms are each wrong about a sample with probability e, and whether they are right is correlated with
    ρ: their paired difference has the variance v = 2e(1 − e)(1 − ρ). A share τ of it is the same for every
    seed, the rest is new with each of S seeds (the model d_si = μ + b_i + e_si of
    `genaug.statistics.paired.crossed_interval`, without a common shift of a seed):

        σ² = v·(τ + (1 − τ)/S) / n + 1/n²
        effect = (t_{(1+level)/2, n−1} + t_{power, n−1}) · σ

    with the 1/n² of the interval's grain. A common shift of the seeds adds to it, so that this is the least
    that is needed. Simulated in ``tests/core/statistics/test_planning.py``.

    Args:
        n: test samples, at least 2.
        seeds: paired fits, at least 1.
        error: error rate e of the arms, in (0, 1).
        correlation: ρ in [0, 1).
        persistent: τ in [0, 1].
        power: of the comparison, in (0, 1).
        level: of the interval, in (0, 1).

    Raises:
        DataError: where there are fewer than 2 test samples.
    """
    if n < 2:
        raise DataError(f"an effect needs 2 test samples at least, not {n}")
    error = min(max(error, 1 / (n + 2)), 1 - 1 / (n + 2))  # an error of 0 on few samples is an estimate
    variance = 2 * error * (1 - error) * (1 - correlation) * (persistent + (1 - persistent) / seeds) / n
    needed = _t_quantile((1 + level) / 2, n - 1) + _t_quantile(power, n - 1)
    return needed * math.sqrt(variance + 1 / n**2)


def _t_quantile(share: float, df: int) -> float:
    """Return a quantile of Student's t by its expansion at the normal one, without loading scipy.

    Abramowitz & Stegun 26.7.5, two terms: within 1 % of the quantiles used here from 5 degrees of freedom on,
    4 % at 3.
    """
    z = NormalDist().inv_cdf(share)
    return z + (z**3 + z) / (4 * df) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df**2)
