"""C_T: whether generated samples are nearer to the training samples than unseen real ones."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata
from sklearn.cluster import KMeans
from torch import Tensor

from genaug.errors import DataError
from genaug_plugins.metrics.features import checked_features
from genaug_plugins.metrics.neighbours.nearest import nearest
from genaug_plugins.metrics.rows import Rows, content_order

Doubles = NDArray[np.float64]
Cells = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Copying:
    """The nearness of generated samples to the training samples, compared with unseen real ones.

    Attributes:
        value: C_T; far below 0 indicates copying, far above 0 underfitting.
        interval: 95 % interval of C_T by chance.
        cells: number of cells with enough samples, which are used.
        judged: share of the unseen samples that are in those cells; the others are not counted.
    """

    value: float
    interval: tuple[float, float]
    cells: int
    judged: float


def copying(
    train: ArrayLike | Tensor,
    unseen: ArrayLike | Tensor,
    fake: ArrayLike | Tensor,
    *,
    cells: int = 0,
    fewest: int = 20,
    seed: int = 0,
) -> Copying:
    """Measure C_T (Meehan, Chaudhuri & Dasgupta 2020).

    The space is divided into the cells of a k-means of the training samples. With d(x) the distance to the
    nearest training sample, in each cell π with enough of both::

        Z_π = (U − nm/2) / σ_U,      U = #{(g, u) in π: d(g) > d(u)},  ties counted half (Mann & Whitney)
        C_T = Σ_π P_n(π) Z_π / Σ_π P_n(π),      P_n(π): share of the unseen samples in π

    For independent z, the standard deviation of C_T is √(Σ P²)/Σ P, less than the 1 of a single cell; the
    interval follows from it. A value below −3 is significant.

    Args:
        train: ``[T, D]``.
        unseen: ``[N, D]``, real samples that the generator was not trained on.
        fake: ``[M, D]``.
        cells: number of cells; 0: so that the smaller of the two sets has 40 samples per cell,
            at most T/2 and 100.
        fewest: number of unseen, and of generated, samples that a cell needs.
        seed: of the k-means.

    Raises:
        DataError: where features are not finite or differ in D, or no cell has enough of both.
    """
    train = checked_features(train, "training features", at_least=1)
    unseen = checked_features(unseen, "unseen features", at_least=fewest)
    fake = checked_features(fake, "fake features", at_least=fewest)
    count = cells or max(1, min(len(unseen) // 40, len(fake) // 40, len(train) // 2, 100))
    of_unseen, of_fake = nearest(unseen, train), nearest(fake, train)
    if count == 1:
        labels = [np.zeros(len(features), dtype=np.int64) for features in (unseen, fake)]
    else:
        labels = _k_means_cells(train, [unseen, fake], count, seed)
    scores, weights = [], []
    for cell in range(count):
        own = of_fake.distances[labels[1] == cell, 0]
        others = of_unseen.distances[labels[0] == cell, 0]
        if min(len(own), len(others)) >= fewest:
            shift, variance = rank_shift(own, others)
            scores.append(shift / np.sqrt(variance) if variance > 0 else 0.0)
            weights.append(len(others) / len(unseen))
    if not scores:
        raise DataError(
            f"none of {count} cells has {fewest} unseen and {fewest} generated samples: "
            "use fewer cells, or more samples"
        )
    judged = float(np.sum(weights))
    value = float(np.dot(weights, scores)) / judged
    half = 1.959963984540054 * float(np.linalg.norm(weights)) / judged
    return Copying(value, (value - half, value + half), len(scores), judged)


def rank_shift(own: Doubles, others: Doubles) -> tuple[float, float]:
    """Return ``U − nm/2`` of Mann & Whitney and its variance under chance, ties counted half.

    U counts the pairs in which `own` is larger. ``Var U = nm/(N(N−1)) Σ (rank − mean rank)²``, which is
    nm(N + 1)/12 without ties; N = n + m ≥ 2.
    """
    n, m = len(own), len(others)
    ranks = rankdata(np.concatenate([own, others]))
    u = ranks[:n].sum() - n * (n + 1) / 2
    return float(u - n * m / 2), float(n * m * ranks.var() / (n + m - 1))


def _k_means_cells(
    train: NDArray[np.floating], sets: list[NDArray[np.floating]], count: int, seed: int
) -> list[Cells]:
    """Return the cell of each sample of each set."""
    # K-means starts with rows at seeded positions; sorting makes the result independent of their order.
    ordered = train[content_order(Rows(train, "training features"))].astype(np.float64)
    with warnings.catch_warnings():
        # It warns of copies in the training set.
        warnings.filterwarnings("ignore", message="Number of distinct clusters")
        means = KMeans(count, n_init=3, random_state=seed % 2**32).fit(ordered)
    return [means.predict(features.astype(np.float64)).astype(np.int64) for features in sets]
