"""Some of the rows of features that may lie in a mapped file."""

import numpy as np

from genaug.data.samples import FloatArray, IntArray
from genaug_plugins.metrics.rows import Rows

BLOCK = 2**12
"""Rows that are looked at together."""


def gathered(features: FloatArray, rows: IntArray) -> FloatArray:
    """Copy rows, ``[len(rows), D]``, in the order asked for.

    They are read in the order in which they lie, and pages of a mapped file are let go of on the
    way: that a pool's features are on disk is of no use where reading them makes them stay.

    Args:
        features: ``[N, D]``
        rows: which of them.
    """
    source = Rows(features, "features")
    found = np.empty((len(rows), source.dimensions), dtype=np.float32)
    order = np.argsort(rows, kind="stable")
    for start in range(0, len(rows), BLOCK):
        places = order[start : start + BLOCK]
        found[places] = source.take(rows[places]).cpu().numpy()
    return found
