"""Intervals of a mean over training seeds and test samples at once."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from genaug.errors import DataError
from genaug.statistics.bounds import UNBOUNDED, Bounds, score_interval


@dataclass(frozen=True)
class Estimate:
    """Hold a mean with its uncertainty.

    Attributes:
        value: the mean.
        low, high: ends of the interval.
        standard_error: of the mean.
        degrees_of_freedom: of the t distribution behind the interval.
    """

    value: float
    low: float
    high: float
    standard_error: float
    degrees_of_freedom: float

    @property
    def interval(self) -> tuple[float, float]:
        """Return both ends."""
        return self.low, self.high

    def clipped(self, bounds: Bounds) -> "Estimate":
        """Return the estimate with both ends cut to the bounds of the true mean.

        That loses no coverage, and keeps on which side of the interval every value inside the bounds is: the
        p value is that of the whole interval. For differences, whose variance does not vanish at a bound.
        """
        low, high = bounds
        return replace(self, low=max(self.low, low), high=min(self.high, high))

    def detectable(self, power: float = 0.8, level: float = 0.95) -> float:
        """Return the smallest true mean that an interval of this width would distinguish from 0.

        ``(t_{(1+level)/2} + t_power) · standard error``: with this true mean the interval excludes
        0 in a share `power` of all repetitions, approximately.
        """
        df = self.degrees_of_freedom
        return float((stats.t.ppf((1 + level) / 2, df) + stats.t.ppf(power, df)) * self.standard_error)


def crossed_interval(
    values: ArrayLike, grain: float = 0.0, level: float = 0.95, bounds: Bounds = UNBOUNDED
) -> Estimate:
    """Estimate the mean of values that depend on seeds and test samples, both random.

    ``d_si = μ + a_s + b_i + e_si``: S training seeds crossed with N test samples, every seed
    tested on the same samples. An interval over seeds alone forgets that another test view would
    have given another result; one over test samples alone forgets that another seed would. With
    the mean squares of the two-way table

        MS_a = N · Σ_s (d_s· − d··)² / (S − 1)
        MS_b = S · Σ_i (d_·i − d··)² / (N − 1)
        MS_e = Σ_si (d_si − d_s· − d_·i + d··)² / ((S − 1)(N − 1))

    the variance of the grand mean d·· is estimated without bias by

        V = (MS_a + MS_b − MS_e) / (S·N),      taken as max(MS_a, MS_b) / (S·N) at least,

    each of which it exceeds in expectation. The interval is d·· ± t_ν · √(V + grain²), with
    Satterthwaite's ν = V² / [(MS_a/SN)²/(S−1) + (MS_b/SN)²/(N−1) + (MS_e/SN)²/((S−1)(N−1))]
    (Searle, Casella & McCulloch, *Variance Components*, 1992, §§ 4 and 5.6). The percentile bootstrap over
    5 seeds, the usual choice, is too narrow: it has no t factor (2.78 against 1.96 at ν = 4). With bounds,
    the interval lies within them: `genaug.statistics.bounds.score_interval`.

    Args:
        values: ``[S, N]``, S and N at least 2: for a paired comparison the differences, one row
            a seed, in the same order of samples.
        grain: what one more disagreement could change of the mean, e.g. 1/N for an accuracy:
            keeps an interval of a few samples that happen to agree from having no width.
        level: of the interval, in (0, 1).
        bounds: of the true mean of values that are no differences, (0, 1) for an accuracy. For differences
            see `Estimate.clipped`.

    Raises:
        DataError: where there are fewer than 2 seeds or samples.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2:
        raise DataError(
            f"an interval needs values [seeds, samples] with 2 of each at least, not {list(table.shape)}"
        )
    S, N = table.shape
    mean, of_seed, of_sample = table.mean(), table.mean(axis=1), table.mean(axis=0)
    rest = table - of_seed[:, None] - of_sample[None, :] + mean
    parts = np.array(
        [
            ((of_seed - mean) ** 2).sum() / (S - 1) / S,
            ((of_sample - mean) ** 2).sum() / (N - 1) / N,
            (rest**2).sum() / ((S - 1) * (N - 1)) / (S * N),
        ]
    )
    variance = max(parts[0] + parts[1] - parts[2], parts[0], parts[1])
    spread = (parts**2 / np.array([S - 1, N - 1, (S - 1) * (N - 1)])).sum()
    df = float(np.clip(variance**2 / spread, S - 1, N - 1)) if spread > 0 else float(N - 1)
    error = float(np.sqrt(variance + grain**2))
    width = bounds[1] - bounds[0]
    least = grain or (width / N if np.isfinite(width) else 0.0)
    low, high = score_interval(float(mean), error, float(stats.t.ppf((1 + level) / 2, df)), bounds, least)
    return Estimate(float(mean), low, high, error, df)


def permutation_p(values: ArrayLike, rng: np.random.Generator, rounds: int = 4999) -> float:
    """Return the two-sided p value of a paired permutation test over the test samples.

    Under the hypothesis that the predictions of the two arms for each test sample are exchangeable, the sign
    of a sample's mean difference is random. The p value is the share of draws of all signs, among `rounds`
    random ones and the observed one, whose mean is at least as far from 0 (Phipson & Smyth 2010). It is
    conditional on the trained models: it does not cover other training seeds, as `crossed_interval` does.

    Args:
        values: ``[S, N]`` paired differences.
        rng: of the signs.
        rounds: draws; the smallest p value is 1 / (rounds + 1).
    """
    means = np.asarray(values, dtype=np.float64).mean(axis=0)
    moving = means[means != 0]  # the others are 0 with either sign
    seen, far = abs(moving.sum()) * (1 - 1e-12), 1
    for start in range(0, rounds, 500):
        signs = rng.integers(0, 2, (min(500, rounds - start), len(moving)), dtype=np.int8)
        far += int((np.abs((2.0 * signs - 1) @ moving) >= seen).sum())
    return far / (rounds + 1)


def bootstrap_interval(
    values: ArrayLike, rng: np.random.Generator, rounds: int = 2000, level: float = 0.95
) -> tuple[float, float]:
    """Return the percentile interval of the mean over drawn seeds and drawn test samples.

    Seeds and samples are drawn with replacement, independently (the pigeonhole bootstrap: Owen 2007, Annals
    of Applied Statistics 1). It assumes no normal distribution, but is too narrow for few seeds, and has
    width 0 where no sample differs: verdicts use `crossed_interval`.

    Args:
        values: ``[S, N]`` paired differences.
        rng: of the draws.
        rounds: draws.
        level: of the interval, in (0, 1).
    """
    table = np.asarray(values, dtype=np.float64)
    S, N = table.shape
    means = np.empty(rounds)
    for start in range(0, rounds, 100):
        n = min(100, rounds - start)
        of_seed = rng.multinomial(S, np.full(S, 1 / S), size=n) / S  # [n, S]
        of_sample = rng.multinomial(N, np.full(N, 1 / N), size=n) / N  # [n, N]
        means[start : start + n] = ((of_seed @ table) * of_sample).sum(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
