"""What a comparison can find out, before it is made."""

import math
from collections.abc import Sequence
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


def detectable_class_mean_effect(
    counts: Sequence[int],
    seeds: int,
    error: float = ERROR,
    correlation: float = CORRELATION,
    persistent: float = PERSISTENT,
    power: float = 0.8,
    level: float = 0.95,
) -> float:
    """Return the smallest true gain in a mean of K classes' shares (balanced accuracy) that would be found.

    As `detectable_effect`, but every class counts by its own number of test samples n_c and error e_c:

        v_c = 2·e_c·(1 − e_c)·(1 − ρ)·(τ + (1 − τ)/S)
        σ² = Σ_c v_c / (K²·n_c) + 1/(K·min n_c)²
        ν = (Σ_c v_c/n_c)² / Σ_c (v_c/n_c)²/(n_c − 1)

    with the grain of one more sample of the scarcest class, and Welch's degrees of freedom ν. How the error
    is shared among the classes is not known: it is taken to be that of the scarcest ones, up to 0.5 each, as
    models of imbalanced data have it, and as varies most. Simulated in
    ``tests/core/statistics/test_planning.py``.

    Args:
        counts: test samples of each class, 0 or more; classes without any do not count.
        seeds: paired fits, at least 1.
        error: mean of the classes' error rates, in (0, 1).
        correlation: as for `detectable_effect`.
        persistent: as for `detectable_effect`.
        power: as for `detectable_effect`.
        level: as for `detectable_effect`.

    Raises:
        DataError: where there are fewer than 2 test samples.
    """
    present = sorted(count for count in counts if count > 0)
    if sum(present) < 2:
        raise DataError(f"an effect needs 2 test samples at least, not {sum(present)}")
    left = min(max(error, 1 / (sum(present) + 2)), 0.5) * len(present)
    repeated = 2 * (1 - correlation) * (persistent + (1 - persistent) / seeds)
    parts = []
    for n in present:
        own = min(left, 0.5)
        left -= own
        parts.append((n, repeated * own * (1 - own) / n))
    total = sum(part for _, part in parts)
    df = total**2 / sum(part**2 / max(1, n - 1) for n, part in parts)
    needed = _t_quantile((1 + level) / 2, df) + _t_quantile(power, df)
    return needed * math.sqrt(total / len(present) ** 2 + 1 / (len(present) * present[0]) ** 2)


def _t_quantile(share: float, df: float) -> float:
    """Return a quantile of Student's t by its expansion at the normal one, without loading scipy.

    Abramowitz & Stegun 26.7.5, two terms: within 1 % of the quantiles used here from 5 degrees of freedom on,
    4 % at 3.
    """
    z = NormalDist().inv_cdf(share)
    return z + (z**3 + z) / (4 * df) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df**2)
