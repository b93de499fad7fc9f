"""Accuracy, balanced accuracy and macro F1, as pseudo-values of the test samples."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.integer[Any]]
Score = Callable[[Labels, Any], NDArray[np.float64]]
"""``score(truth [N], predicted [N]) -> pseudo-values [N]``: their mean is the score, and their
spread is that of the score under new test samples (value plus influence function, the
linearization of the delta method)."""


def accuracy(truth: Labels, predicted: Labels) -> NDArray[np.float64]:
    """Return 1 for each correct prediction, else 0, ``[N]``; the mean is the accuracy."""
    right: NDArray[np.float64] = (truth == predicted).astype(np.float64)
    return right


def balanced_accuracy(truth: Labels, predicted: Labels) -> NDArray[np.float64]:
    """Return pseudo-values ``[N]`` of the mean recall over the classes that occur in `truth`.

    ``ψ_i = mean recall + N/(C·N_c) · (right_i − recall_c)`` for a sample of class c.
    """
    classes, of_sample, counts = np.unique(truth, return_inverse=True, return_counts=True)
    right = accuracy(truth, predicted)
    recalls = np.bincount(of_sample, weights=right) / counts
    influence = len(truth) / (len(classes) * counts[of_sample]) * (right - recalls[of_sample])
    pseudo: NDArray[np.float64] = recalls.mean() + influence
    return pseudo


def macro_f1(truth: Labels, predicted: Labels) -> NDArray[np.float64]:
    """Return pseudo-values ``[N]`` of the mean F1 over the classes that occur in `truth`.

    F1_c = 2·TP_c / (true_c + predicted_c) is a ratio of sums, so a sample's influence on it is
    ``N · (2·[hit] − F1_c · ([true] + [predicted])) / (true_c + predicted_c)``.
    """
    classes = np.unique(truth)
    of_truth = truth[:, None] == classes  # [N, C]
    of_predicted = predicted[:, None] == classes
    hits = 2.0 * (of_truth & of_predicted)
    sizes = of_truth.astype(np.float64) + of_predicted
    f1 = hits.sum(axis=0) / sizes.sum(axis=0)  # the divisor is at least 1: each class occurs
    influence = len(truth) * (hits - f1 * sizes) / sizes.sum(axis=0)
    pseudo: NDArray[np.float64] = f1.mean() + influence.mean(axis=1)
    return pseudo
