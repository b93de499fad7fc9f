"""C_T: are generated samples nearer to the training samples than unseen real ones do?"""

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
    """How near generated samples are to the training samples, compared with unseen real ones.

    Attributes:
        value: C_T; far below 0 the generator copies, far above 0 it underfits.
        interval: 95 % of what C_T is around that value by chance.
        cells: how many cells were judged, of those that the training samples were cut into.
        judged: share of the unseen samples that are in judged cells; what is elsewhere is not counted.
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

    The space is cut into the cells of a k-means of the training samples. With d(x) the distance to the
    nearest training sample, in each cell π that holds enough of both::

        Z_π = (U − nm/2) / σ_U,      U = #{(g, u) in π: d(g) > d(u)},  ties counted half (Mann & Whitney)
        C_T = Σ_π P_n(π) Z_π / Σ_π P_n(π),      P_n(π): share of the unseen samples in π

    In a set of cells of independent z, C_T is off by √(Σ P²)/Σ P: below one cell's 1, and its interval
    is that wide. Below −3 is far beyond chance.

    Args:
        train: ``[T, D]``.
        unseen: ``[N, D]``, real samples that the generator was not trained on.
        fake: ``[M, D]``.
        cells: how many; 0: so many that the smaller of the two sets has 40 samples a cell,
            at most T/2 and 100.
        fewest: unseen, and generated, samples that a cell needs to be judged.
        seed: of the k-means.

    Raises:
        DataError: where features are not finite or differ in D, or no cell holds enough of both.
    """
    train = checked_features(train, "training features", at_least=1)
    unseen = checked_features(unseen, "unseen features", at_least=fewest)
    fake = checked_features(fake, "fake features", at_least=fewest)
    count = cells or max(1, min(len(unseen) // 40, len(fake) // 40, len(train) // 2, 100))
    of_unseen, of_fake = nearest(unseen, train), nearest(fake, train)
    if count == 1:
        labels = [np.zeros(len(features), dtype=np.int64) for features in (unseen, fake)]
    else:
        labels = _cells(train, [unseen, fake], count, seed)
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
            f"none of {count} cells holds {fewest} unseen and {fewest} generated samples: "
            "ask for fewer cells, or measure more samples"
        )
    judged = float(np.sum(weights))
    value = float(np.dot(weights, scores)) / judged
    half = 1.959963984540054 * float(np.linalg.norm(weights)) / judged
    return Copying(value, (value - half, value + half), len(scores), judged)


def rank_shift(own: Doubles, others: Doubles) -> tuple[float, float]:
    """Return ``U − nm/2`` of Mann & Whitney and its variance under chance, ties counted half.

    U counts the pairs in which `own` is larger. ``Var U = nm/(N(N−1)) Σ (rank − mean rank)²``, which is
    nm(N + 1)/12 where nothing is tied; N = n + m ≥ 2.
    """
    n, m = len(own), len(others)
    ranks = rankdata(np.concatenate([own, others]))
    u = ranks[:n].sum() - n * (n + 1) / 2
    return float(u - n * m / 2), float(n * m * ranks.var() / (n + m - 1))


def _cells(
    train: NDArray[np.floating], sets: list[NDArray[np.floating]], count: int, seed: int
) -> list[Cells]:
    """Return the cell of each sample of each set."""
    # K-means begins with rows of a seeded place: the figure must not depend on their order.
    ordered = train[content_order(Rows(train, "training features"))].astype(np.float64)
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="Number of distinct clusters"
        )  # copies among the training set
        means = KMeans(count, n_init=3, random_state=seed % 2**32).fit(ordered)
    return [means.predict(features.astype(np.float64)).astype(np.int64) for features in sets]
