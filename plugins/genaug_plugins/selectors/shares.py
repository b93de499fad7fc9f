"""The best share of each class."""

import numpy as np
from numpy.typing import NDArray

from genaug.data import Pool
from genaug.data.samples import BoolArray


def best_share(pool: Pool, preference: NDArray[np.float64], share: float) -> BoolArray:
    """Return which candidates are among the best `share` of their class, rounded to the nearest count.

    Args:
        pool: N candidates; their ids settle ties.
        preference: float64 ``[N]``, higher is better; NaN is never among the best.
        share: of each class's candidates, in [0, 1].

    Returns:
        bool ``[N]``.
    """
    best = np.zeros(len(pool), dtype=np.bool_)
    for label in np.unique(pool.labels):
        rows = np.flatnonzero(pool.labels == label)
        quota = round(share * len(rows))
        rows = rows[~np.isnan(preference[rows])]
        best[rows[np.lexsort((pool.ids[rows], -preference[rows]))][:quota]] = True
    return best
