"""Distances to the training samples, and the statistics of the memorization validator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from genaug_plugins.metrics.neighbours.nearest import Nearest

Doubles = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Distances:
    """Distances of some samples to their nearest training samples.

    Attributes:
        distances: ``[N]``.
        indices: of the nearest training samples, ``[N]``.
        authentic: whether a sample is farther from its nearest training sample than that one is from its own
            nearest, ``[N]``.
        labels: classes of the samples, ``[N]``.
    """

    distances: Doubles
    indices: Labels
    authentic: NDArray[np.bool_]
    labels: Labels

    @classmethod
    def of(cls, found: Nearest, among: Doubles, labels: Labels) -> Distances:
        """Return the distances of samples.

        Args:
            found: the nearest training samples.
            among: distance of each training sample to the nearest other one.
            labels: classes of the samples.
        """
        distances, indices = found.distances[:, 0], found.indices[:, 0]
        return cls(distances, indices, among[indices] < distances, labels)

    def of_class(self, label: int) -> Doubles:
        """Return the distances of the samples of a class."""
        own: Doubles = self.distances[self.labels == label]
        return own


def near_copies(
    candidates: Distances, unseen: Distances, classes: list[int], percentile: float
) -> tuple[dict[int, NDArray[np.bool_]], NDArray[np.bool_]]:
    """Return which candidates, by class, and which unseen samples are within their class's threshold.

    The threshold is the given percentile of the distances of the unseen samples.
    """
    hits, unseen_hits = {}, []
    for label in classes:
        own, others = candidates.of_class(label), unseen.of_class(label)
        threshold = np.percentile(others, percentile)
        hits[label] = own <= threshold
        unseen_hits.append(others <= threshold)
    return hits, np.concatenate(unseen_hits)


def copying_z(candidates: Distances, unseen: Distances, classes: list[int]) -> float:
    """Return the z of the class-by-class Mann-Whitney test (van Elteren 1960), ties counted half.

    Within one class it is a cell of C_T (`genaug_plugins.metrics.copying`): negative where
    candidates are nearer to the training samples than unseen real ones. With one stratum a class,
    each weighted by 1/(n + m + 1), z = Σ w(U − nm/2) / √(Σ w² Var U).
    """
    from genaug_plugins.metrics.copying import rank_shift

    shift, variance = 0.0, 0.0
    for label in classes:
        own, others = candidates.of_class(label), unseen.of_class(label)
        n, m = len(own), len(others)
        weight = 1 / (n + m + 1)
        of_class, spread = rank_shift(own, others)
        shift, variance = shift + weight * of_class, variance + weight**2 * spread
    return float(shift / np.sqrt(variance)) if variance > 0 else 0.0
