"""Kernel density estimates of the classes."""

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug.data import SampleSpec
from genaug.data.samples import IntArray
from genaug_plugins.generators.sample_based import Doubles, Learned, SampleBasedGenerator


class KdeGenerator(SampleBasedGenerator):
    """Sample a Gaussian kernel density estimate of each class.

    x = p + h·z, with p a training sample of the class and z ~ N(0, Σ), Σ the pooled within-class covariance
    of all classes: the kernel has the directions in which samples of a class differ. Scott's rule for the
    bandwidth: h = n^(−1/(d + 4)), with n samples of the class and d the effective rank (tr Σ)² / tr Σ² of the
    covariance, since the number of pixels says little about the number of dimensions (Scott 1992,
    "Multivariate Density Estimation"; Roy & Vetterli 2007 for effective ranks).
    """

    name: ClassVar[str] = "kde"

    bandwidth: Annotated[float, Field(gt=0)] | Literal["scott"] = "scott"
    """h, in within-class standard deviations; or Scott's rule."""

    def too_few(self, counts: IntArray, spec: SampleSpec) -> str:
        """Refuse data in which no class has two samples."""
        if counts.max() >= 2:
            return ""
        return "needs a class with two training samples to know how samples differ: ask for more in `split`"

    def learn(self, known: Learned) -> dict[str, NDArray[Any]]:
        """Return the factor A, AᵀA = Σ, of the pooled within-class covariance, and its effective rank."""
        residuals = known.values.astype(np.float64)
        for label in np.flatnonzero(known.counts):
            own = known.labels == label
            residuals[own] -= residuals[own].mean(axis=0)
        residuals /= np.sqrt(len(residuals) - np.count_nonzero(known.counts))
        if len(residuals) > residuals.shape[1]:
            residuals = np.asarray(np.linalg.qr(residuals, mode="r"))
        unit = known.unit()
        scaled = np.divide(residuals, unit, out=np.zeros_like(residuals), where=unit > 0)
        squares = np.linalg.svd(scaled, compute_uv=False) ** 2
        rank = squares.sum() ** 2 / (squares**2).sum() if squares.any() else 1.0
        return {"factor": residuals, "rank": np.array([rank])}

    def vary(self, bases: Doubles, label: int, learned: Learned, rng: np.random.Generator) -> Doubles:
        """Return a draw from the kernel at each base."""
        factor = learned.tensors["factor"]
        width = self.bandwidth
        if width == "scott":
            width = float(learned.counts[label] ** (-1 / (learned.tensors["rank"][0] + 4)))
        noise: Doubles = rng.standard_normal((len(bases), len(factor))) @ factor
        return bases + width * noise
