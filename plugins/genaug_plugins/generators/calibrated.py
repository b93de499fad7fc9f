"""Gaussians of poor classes, calibrated with the statistics of the nearest rich classes."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug.data import SampleSpec
from genaug.data.samples import IntArray
from genaug_plugins.generators.sample_based import Doubles, Learned, SampleBasedGenerator


class CalibratedGenerator(SampleBasedGenerator):
    """Borrow mean and covariance from the nearest rich classes for classes of few samples.

    The donors of a training sample p of a poor class are the k rich classes with the nearest means, in units
    of the training samples' standard deviation. A new sample is x ~ N(m, Σ), m = (p + w·μ̄) / (1 + w), where
    μ̄ is the mean of the donors' means, and Σ the mean of their within-class covariances: samples of similar
    classes are taken to vary alike. A rich class borrows nothing: x ~ N((p + μ)/2, ¾·Σ) has the mean μ and
    covariance Σ of the class.

    After Yang, Liu & Xu, "Free Lunch for Few-shot Learning: Distribution Calibration" (ICLR 2021, arXiv
    2101.06395), where p is transformed to be more Gaussian, the mean is over p and the donors alike (w = k
    with our mean over donors), and a constant is added to Σ. It works on any vectors, so on features, pixels
    and signals too. Without rich classes it has nothing to borrow: choose `gaussian` there.
    """

    name: ClassVar[str] = "calibrated"

    donors: int = Field(default=2, ge=1)
    """k, the number of rich classes to borrow from; all of them where there are fewer."""
    weight: float = Field(default=0.25, ge=0)
    """w, the weight of the donors' means. About .25 to .5 for 3 to 10 samples of a class, 1 for fewer."""
    rich: int = Field(default=30, ge=2)
    """Training samples from which a class is rich; classes with fewer borrow."""

    def too_few(self, counts: IntArray, spec: SampleSpec) -> str:
        """Refuse data without a rich class."""
        if counts.max() >= self.rich:
            return ""
        largest = spec.class_names[int(counts.argmax())]
        return (
            f"borrows from classes with at least {self.rich} training samples, and the largest, {largest!r}, "
            f"has {counts.max()}: choose another generator (`gaussian`), or lower `rich`. Measured: without "
            "rich classes it does nothing, or harm"
        )

    def learn(self, known: Learned) -> dict[str, NDArray[Any]]:
        """Return the means of the rich classes and the factors of their covariances.

        The factor A of a class, with AᵀA = Σ, has as many rows as the class has samples, but at most D.
        """
        rich = np.flatnonzero(known.counts >= self.rich)
        tensors: dict[str, NDArray[Any]] = {"rich": rich}
        means = []
        for label in rich:
            own = known.of_class(int(label))
            means.append(own.mean(axis=0))
            factor = (own - means[-1]) / np.sqrt(len(own) - 1)
            if len(factor) > factor.shape[1]:
                factor = np.linalg.qr(factor, mode="r")
            tensors[f"factor.{label}"] = factor
        return tensors | {"means": np.stack(means)}

    def vary(self, bases: Doubles, label: int, learned: Learned, rng: np.random.Generator) -> Doubles:
        """Return a draw from the calibrated Gaussian of each base."""
        rich, means = learned.tensors["rich"], learned.tensors["means"]
        own = np.flatnonzero(rich == label)
        if len(own):
            chosen, size = np.full((len(bases), 1), own[0]), np.sqrt(0.75)
            made: Doubles = (bases + means[chosen[:, 0]]) / 2
        else:
            unit = learned.unit()
            unit[unit == 0] = np.inf
            squares = np.stack([(((bases - mean) / unit) ** 2).sum(axis=1) for mean in means], axis=1)
            chosen, size = np.argsort(squares, axis=1, kind="stable")[:, : self.donors], 1.0  # [n, k]
            made = (bases + self.weight * means[chosen].mean(axis=1)) / (1 + self.weight)
        for donor in np.unique(chosen):
            factor: Doubles = learned.tensors[f"factor.{rich[donor]}"]
            lent = np.flatnonzero((chosen == donor).any(axis=1))
            noise = rng.standard_normal((len(lent), len(factor))) @ factor
            made[lent] += size * noise / np.sqrt(chosen.shape[1])
        return made
