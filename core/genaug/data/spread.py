"""Means and standard deviations of columns, the same under any rescaling of a column."""

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

ROUNDING_64 = 1e-12
"""A float64 column whose deviation is below this share of its largest absolute value is constant."""
ROUNDING_32 = 1e-6
"""The same for columns that were stored or computed in float32."""


def mean_and_spread(values: Doubles, rounding: float) -> tuple[Doubles, Doubles]:
    """Return the mean and standard deviation of each column.

    There is no absolute threshold, and squares neither overflow nor underflow: values times 2^k, for any k
    that float64 can hold, give the same result times 2^k, to the bit.

    Args:
        values: ``[N, D]``, NaN where a value is missing; N of 1 or more.
        rounding: a deviation of at most this share of the column's largest absolute value counts as 0, since
            it is rounding.

    Returns:
        mean ``[D]``, 0 for a column without values; deviation ``[D]``, 0 for a constant column.
    """
    known = ~np.isnan(values)
    counts = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, values, 0.0)
    _, exponent = np.frexp(np.abs(filled).max(axis=0))  # largest absolute value = fraction · 2^exponent
    unit = np.ldexp(filled, -exponent)  # in [-1, 1]
    mean = unit.sum(axis=0) / counts
    spread = np.sqrt(np.where(known, (unit - mean) ** 2, 0.0).sum(axis=0) / counts)
    spread[spread <= rounding * np.abs(unit).max(axis=0)] = 0.0
    return np.ldexp(mean, exponent), np.ldexp(spread, exponent)


def scales(mean: Doubles, spread: Doubles) -> Doubles:
    """Return what each column is divided by: its deviation.

    A constant column has none: it is divided by its absolute value, so that another value in other samples
    does not become large under any rescaling; where it is 0, by infinity: there is no unit to compare with.
    """
    size = np.abs(mean)
    return np.where(spread > 0, spread, np.where(size > 0, size, np.inf))


def robust_spread(values: Doubles) -> Doubles:
    """Return the deviation of the bulk of each column, ``[D]``, which a few large values do not set.

    It is the interquartile range of the column's different values / 1.349, the standard deviation of normal
    values; the standard deviation itself where that is smaller. Different values, because most values of a
    column may be one and the same; 0 for a constant column.

    Args:
        values: ``[N, D]``, finite; N of 1 or more.
    """
    spread = np.zeros(values.shape[1])
    deviation = mean_and_spread(values, ROUNDING_32)[1]
    for column in np.flatnonzero(deviation):
        low, high = np.quantile(np.unique(values[:, column]), [0.25, 0.75])
        spread[column] = min((high - low) / 1.349, deviation[column])
    return spread
