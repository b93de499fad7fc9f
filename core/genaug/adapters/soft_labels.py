"""Soft labels for estimators that take one class and a weight for each sample."""

import numpy as np
from numpy.typing import NDArray

from genaug.data import Samples
from genaug.data.samples import IntArray

Doubles = NDArray[np.float64]


def weighted_copies(training: Samples, classes: int) -> tuple[IntArray, IntArray, Doubles]:
    """Return a copy of each sample for each class that its soft label has, weighted by the share.

    For a loss that is linear in the label, such as the log-loss −Σ_c p_c log q_c, a fit to the weighted
    copies is a fit to the soft labels.

    Returns:
        Rows of the samples ``[M]``, labels ``[M]`` and weights ``[M]``, by sample, then class; the weights of
        the copies of a sample sum to 1.
    """
    shares = training.class_shares(classes)
    rows, labels = np.nonzero(shares)
    return rows, labels, shares[rows, labels].astype(np.float64)


def balanced(labels: IntArray, weights: Doubles) -> Doubles:
    """Return weights ``[M]`` with which each class has the same sum, and the whole the same as before.

    This is scikit-learn's ``class_weight="balanced"``, n / (k n_c), with sums of weights for the counts.
    """
    _, places = np.unique(labels, return_inverse=True)
    sums = np.bincount(places, weights)
    found: Doubles = weights * (weights.sum() / (len(sums) * sums))[places]
    return found
