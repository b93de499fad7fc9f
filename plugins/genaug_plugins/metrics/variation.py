"""A lower bound of the total variation distance, from a classifier two-sample test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genaug.errors import DataError

FEWEST = 20
"""Number of samples of each part below which a classifier's accuracy is indistinguishable from chance."""


@dataclass(frozen=True)
class Variation:
    """An estimated lower bound of a total variation distance.

    Attributes:
        value: in [0, 1]: `raw`, or 0 if that is negative.
        raw: 2·(balanced accuracy) − 1; it may be negative by chance if the parts hardly differ.
        interval: 95 % interval of `raw`, clipped to [0, 1].
        accuracy: the classifier's balanced accuracy on samples that it was not fitted to.
    """

    value: float
    raw: float
    interval: tuple[float, float]
    accuracy: float


def variation_at_least(
    one: NDArray[np.floating], other: NDArray[np.floating], *, seed: int, folds: int = 5
) -> Variation:
    """Estimate a lower bound of d_TV(P, Q) from a sample of each, by a classifier two-sample test.

    For any set A, ``P(A) − Q(A) ≤ d_TV(P, Q)``. With A the region that a classifier assigns to *P*,
    d_TV ≥ true rate of P + true rate of Q − 1 = 2·(balanced accuracy) − 1, measured on samples it was not
    fitted to (Lopez-Paz & Oquab 2017, arXiv 1610.06545; the equality for the best A is Le Cam's). The
    classifier is a support vector machine with a Gaussian kernel on standardized columns, with equal weights
    of both parts; a better one could find a larger distance, and with few samples every classifier misses
    most of it.

    The interval treats the two rates as independent binomial shares of all samples (Agresti & Caffo's
    added successes, so that its width is not 0 at 0 and 1) and neglects that folds share training samples.

    Args:
        one: ``[N, D]``, finite, with at least `FEWEST` rows.
        other: ``[M, D]``, likewise.
        seed: of the folds.
        folds: number of folds of the cross-validation; at least 2.

    Raises:
        DataError: if a part has fewer than `FEWEST` rows.
    """
    from scipy import stats
    from sklearn.model_selection import StratifiedKFold
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    few = min(len(one), len(other))
    if few < FEWEST:
        raise DataError(f"a total variation distance needs {FEWEST} samples of each part, not {few}")
    table = np.concatenate([one, other]).astype(np.float64)
    truth = np.repeat([1, 0], [len(one), len(other)])
    predicted = np.empty(len(truth), dtype=np.int64)
    splits = StratifiedKFold(folds, shuffle=True, random_state=seed % 2**32)
    for fitted, left_out in splits.split(table, truth):
        scaler = StandardScaler().fit(table[fitted])
        machine = SVC(class_weight="balanced").fit(scaler.transform(table[fitted]), truth[fitted])
        predicted[left_out] = machine.predict(scaler.transform(table[left_out]))
    correct = predicted == truth
    rates, variance, centre = [], 0.0, -1.0
    for part in (1, 0):
        hits, n = int(correct[truth == part].sum()), int((truth == part).sum())
        rates.append(hits / n)
        share = (hits + 1) / (n + 2)
        centre += share
        variance += share * (1 - share) / (n + 2)
    raw = sum(rates) - 1
    half = float(stats.norm.ppf(0.975)) * variance**0.5
    # Cross-validation biases raw below 0 for equal parts; the distance is not negative, so its interval
    # starts at 0.
    low, high = min(centre - half, raw), max(max(centre, 0.0) + half, raw)
    return Variation(
        value=max(raw, 0.0),
        raw=raw,
        interval=(float(np.clip(low, 0, 1)), float(np.clip(high, 0, 1))),
        accuracy=sum(rates) / 2,
    )
