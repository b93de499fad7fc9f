"""Scores of predicted class probabilities, as pseudo-values of the test samples.

Each function takes ``truth [N]`` and ``probabilities [N, classes]`` and returns pseudo-values ``[N]``, as
the scores of predicted classes do (`genaug_plugins.tasks.class_scores`): their mean is the score, and
their spread is that of the score under new test samples. The influence of a sample is the derivative of the
score with respect to its weight, times N.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from genaug_plugins.tasks.class_scores import Labels

Doubles = NDArray[np.float64]

SMALLEST = 1e-7
"""Lower bound of probabilities: about the rounding error of float32."""
BINS = 15
"""Number of bins of the calibration error, as in Guo et al."""


def auroc(truth: Labels, probabilities: Doubles) -> Doubles:
    """Return pseudo-values ``[N]`` of the area under the ROC curve, one class against the rest, class mean.

    The area is the probability that a sample of the class gets a higher probability of it than a sample of
    another class, ties counting half. The influence of a sample is its *placement* among those of the other
    group (DeLong et al. 1988, Biometrics 44).
    """
    return _class_mean(truth, probabilities, _area)


def average_precision(truth: Labels, probabilities: Doubles) -> Doubles:
    """Return pseudo-values ``[N]`` of the average precision, one class against the rest, class mean.

    ``AP = (1/P) Σ_{i positive} A_i / B_i``, with A_i the number of positives and B_i that of all samples
    whose probability is at least that of i.
    """
    return _class_mean(truth, probabilities, _precision)


def log_loss(truth: Labels, probabilities: Doubles) -> Doubles:
    """Return ``-ln p`` of the true class, ``[N]``; 0 is best, 16.1 the maximum."""
    given: Doubles = np.take_along_axis(probabilities, np.asarray(truth)[:, None], axis=1)[:, 0]
    loss: Doubles = -np.log(np.clip(given, SMALLEST, 1.0))
    return loss


def calibration_error(truth: Labels, probabilities: Doubles) -> Doubles:
    """Return pseudo-values ``[N]`` of the expected calibration error of the most probable class.

    ``ECE = Σ_b |Σ_{i in b} (right_i − p_i)| / N`` over 15 equal bins of the probability p_i (Guo et al.
    2017, arXiv 1706.04599). It is biased upwards, more so for fewer samples. For nearly calibrated bins the
    absolute value is not differentiable, and the spread is overestimated.
    """
    confidence = probabilities.max(axis=1)
    off = (probabilities.argmax(axis=1) == truth) - confidence
    bins = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    signs = np.sign(np.bincount(bins, weights=off, minlength=BINS))
    pseudo: Doubles = signs[bins] * off
    return pseudo


def _class_mean(
    truth: Labels, probabilities: Doubles, score: Callable[[NDArray[np.bool_], Doubles], Doubles]
) -> Doubles:
    """Return the mean pseudo-values over the classes in `truth`, one against the rest."""
    classes, counts = np.unique(truth, return_counts=True)
    parts = [
        score(truth == label, probabilities[:, label])
        for label, count in zip(classes, counts, strict=True)
        if count < len(truth)
    ]
    mean: Doubles = np.mean(parts, axis=0) if parts else np.full(len(truth), np.nan)
    return mean


def _area(positive: NDArray[np.bool_], given: Doubles) -> Doubles:
    from scipy.stats import rankdata  # imported here: a forecast reads names of metrics only

    n, positives = len(positive), int(positive.sum())
    overall = rankdata(given)
    placed = np.empty(n)
    # Number of samples of the other group below (of the negatives: above), ties counting half.
    placed[positive] = (overall[positive] - rankdata(given[positive])) / (n - positives)
    placed[~positive] = 1 - (overall[~positive] - rankdata(given[~positive])) / positives
    area = placed[positive].mean()
    weights = np.where(positive, n / positives, n / (n - positives))
    pseudo: Doubles = area + weights * (placed - area)
    return pseudo


def _precision(positive: NDArray[np.bool_], given: Doubles) -> Doubles:
    n, positives = len(positive), int(positive.sum())
    order = np.argsort(-given, kind="stable")
    hits, falling = positive[order].astype(np.float64), -given[order]
    last = np.searchsorted(falling, falling, side="right")  # number of samples with an equal or higher value
    precision = np.cumsum(hits)[last - 1] / last
    score = float((hits * precision).sum() / positives)
    # Σ over the positives i with an equal or lower value than k, of (hit_k − precision_i) / B_i
    first = np.searchsorted(falling, falling, side="left")
    shares, products = hits / last, hits * precision / last
    below = [np.cumsum(parts[::-1])[::-1][first] for parts in (shares, products)]
    slope = (hits * (precision - score) + hits * below[0] - below[1]) / positives
    pseudo = np.empty(n)
    pseudo[order] = score + n * slope
    return pseudo
