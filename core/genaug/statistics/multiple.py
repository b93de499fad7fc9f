"""Many comparisons at once."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from genaug.statistics.paired import Estimate


def two_sided_p(estimate: Estimate) -> float:
    """Return the p value of the hypothesis that the true mean is 0: 2·P(T_ν > |mean| / standard error)."""
    if estimate.standard_error == 0:
        return 1.0 if estimate.value == 0 else 0.0
    ratio = abs(estimate.value) / estimate.standard_error
    return float(2 * stats.t.sf(ratio, estimate.degrees_of_freedom))


def holm(p: ArrayLike) -> NDArray[np.float64]:
    """Return p values ``[m]`` corrected for their number (Holm 1979, Scand. J. Statist. 6, 65-70).

    The j-th smallest becomes ``max_{i ≤ j} min(1, (m − i + 1)·p_(i))``. Rejecting where it is below
    α keeps the chance of any false rejection below α, whatever the dependence of the comparisons.
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    steps = np.minimum((len(values) - np.arange(len(values))) * values[order], 1.0)
    corrected = np.empty_like(values)
    corrected[order] = np.maximum.accumulate(steps)
    return corrected
