"""Intervals of values that cannot lie outside certain bounds."""

import math

Bounds = tuple[float, float]
"""The lowest and the highest possible value; infinite where there is none."""
UNBOUNDED: Bounds = (-math.inf, math.inf)


def difference_bounds(bounds: Bounds) -> Bounds:
    """Return the bounds of the difference between two values within `bounds`: [−1, 1] for shares."""
    low, high = bounds
    return low - high, high - low


def score_interval(
    value: float, standard_error: float, t: float, bounds: Bounds, grain: float = 0.0
) -> tuple[float, float]:
    """Return an interval that lies within the bounds, by inverting a t-test (a score interval).

    The usual interval, value ± t·standard error, takes the error at the measured value for the error at every
    other one. So it leaves the bounds, and is too narrow near them. Here the variance depends on the true
    value π as that of a share, a count or a normal value does,

        V(π) = D·(π − low)·(high − π),   D·(π − low),   D·(high − π)   or   D,

    for two bounds, one, or none, with D such that V(value) = standard error². The interval holds all π
    with (value − π)² ≤ t²·V(π). For a share p of n samples, D = 1/n, that is Wilson's (1927); a larger D is
    its design effect (Korn & Graubard 1998, Survey Methodology 24). At a bound, V(value) would be 0: there D
    is that of a value one `grain` inside, with a standard error of at least the grain (for 100 % of n samples
    D = 1/(n − 1)).

    Args:
        value: the estimate; rounding errors beyond the bounds are cut.
        standard_error: of the value, without or with a grain.
        t: quantile of the t distribution, at least 0.
        bounds: of the true value.
        grain: smallest change of the value.

    Returns:
        The lower and the upper end, with low ≤ lower end ≤ value ≤ upper end ≤ high.
    """
    low, high = bounds
    if math.isnan(value) or math.isnan(standard_error) or (math.isinf(low) and math.isinf(high)):
        return value - t * standard_error, value + t * standard_error
    if math.isinf(low):  # mirrored
        ends = score_interval(-value, standard_error, t, (-high, math.inf), grain)
        return -ends[1], -ends[0]
    width = high - low
    x = min(max(value - low, 0.0), width)
    inside = min(max(x, grain), max(width - grain, 0.0))
    unit = inside if math.isinf(width) else inside * (width - inside) / width
    error = standard_error if 0 < x < width else max(standard_error, grain)
    if error == 0 or unit == 0:
        return low + x, low + x
    c = t**2 * error**2 / unit  # (x − π)² ≤ c·π·(1 − π/width), a quadratic inequality in π
    scale = 1 + (0.0 if math.isinf(width) else c / width)
    middle = x + c / 2
    root = math.sqrt(max(middle**2 - scale * x**2, 0.0))
    lower = x**2 / (middle + root) if x else 0.0  # the smaller root, without cancellation
    upper = (middle + root) / scale
    return low + min(max(lower, 0.0), x), low + max(min(upper, width), x)
