"""The distribution of each class's latents, from which its samples are drawn."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import FloatArray, IntArray

Doubles = NDArray[np.float64]

SMALLEST = 1e-6
"""What is added to variances, so that every covariance has a root."""


@dataclass(frozen=True, eq=False)
class FittedPrior:
    """A Gaussian z = m_y + L_y·u for each class, u ~ N(0, 1), fitted to the latents of its training samples.

    The posteriors of a class do not fill the prior N(0, 1) but a part of it: drawn from the whole, samples of
    a class would be of other classes, too. Fitting a density after the training is Ghosh et al. 2020 (arXiv
    1903.12436, section 4). Requests and `encode` have latents u, which are standard normal in every class.

    Attributes:
        mean: ``[classes + 1, Z]``; the last row is for samples without a class (label -1).
        root: ``[classes + 1, Z, Z]``, lower triangular.
    """

    mean: Doubles
    root: Doubles

    @classmethod
    def of(cls, mean: FloatArray, variance: FloatArray, labels: IntArray, classes: int) -> "FittedPrior":
        """Return the moments of the posteriors of each class.

        The covariance of a class is that of its posteriors' means and the mean of their variances, shrunk
        towards the pooled one within classes, which has the weight of Z + 1 samples.

        Args:
            mean: of the posteriors of N training samples, ``[N, Z]``.
            variance: of the same, ``[N, Z]``.
            labels: ``[N]``.
            classes: number of classes; one without samples gets the moments of all.
        """
        means, scatters, counts = mean.astype(np.float64), [], np.bincount(labels, minlength=classes)
        centers = np.repeat(means.mean(axis=0)[None], classes + 1, axis=0)
        for label in range(classes + 1):
            own = labels == label if label < classes and counts[label] else np.ones(len(labels), dtype=bool)
            centers[label] = means[own].mean(axis=0)
            away = means[own] - centers[label]
            scatters.append(away.T @ away + np.diag(variance[own].astype(np.float64).sum(axis=0)))
        pooled = sum((scatters[label] for label in range(classes) if counts[label]), np.zeros(1)) / len(
            labels
        )
        weight = means.shape[1] + 1
        sizes = [*np.where(counts, counts, len(labels)), len(labels)]
        covariances = [
            (scatter + weight * pooled) / (size + weight)
            for scatter, size in zip(scatters, sizes, strict=True)
        ]
        roots = np.linalg.cholesky(np.stack(covariances) + SMALLEST * np.eye(means.shape[1]))
        return cls(centers, np.asarray(roots, dtype=np.float64))

    @classmethod
    def standard(cls, classes: int, latent_dim: int) -> "FittedPrior":
        """Return N(0, 1) for every class."""
        return cls(np.zeros((classes + 1, latent_dim)), np.tile(np.eye(latent_dim), (classes + 1, 1, 1)))

    @classmethod
    def of_tensors(cls, tensors: Mapping[str, Doubles]) -> "FittedPrior":
        """Return a stored one."""
        return cls(tensors["mean"], tensors["root"])

    @property
    def tensors(self) -> dict[str, Doubles]:
        """Return it as arrays by name."""
        return {"mean": self.mean, "root": self.root}

    def to_posterior(self, latents: FloatArray, label: int) -> FloatArray:
        """Return z of latents u of one class, ``[N, Z]``."""
        return np.asarray(self.mean[label] + latents @ self.root[label].T, dtype=np.float32)

    def to_latents(self, z: FloatArray, labels: IntArray) -> FloatArray:
        """Return u of z, ``[N, Z]``, each by the class of its sample."""
        away = (z - self.mean[labels])[:, :, None]
        return np.asarray(np.linalg.solve(self.root[labels], away)[:, :, 0], dtype=np.float32)
