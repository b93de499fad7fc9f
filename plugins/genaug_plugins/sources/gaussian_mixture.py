"""A mixture of two Gaussians: data with a known distribution."""

from typing import ClassVar

import numpy as np
from pydantic import Field

from genaug import Source
from genaug.data import Dataset, Samples, SampleSpec
from genaug.data.seeds import derive_seed


class GaussianMixtureSource(Source):
    """Draw vectors of two equally frequent classes: x ~ N(±μ, σ²·I) with ‖μ‖ = 1.

    The simulation of Zheng, Wu & Li (NeurIPS 2023, arXiv 2305.17476). The best possible accuracy is Φ(1/σ):
    95.2 % for σ = 0.6, in any number of dimensions.
    """

    name: ClassVar[str] = "gaussian-mixture"

    dimensions: int = Field(default=10, ge=1, le=10_000)
    """Dimensions; μ has the same value in each."""
    spread: float = Field(default=0.6, gt=0)
    """Standard deviation σ of a class in each dimension."""
    per_class: int = Field(default=1000, ge=2)
    """Number of samples of each class."""
    seed: int = Field(default=0, ge=0)
    """Seed of the draw; another seed gives another data set."""

    def known_modality(self) -> str:
        """Return `vector`."""
        return "vector"

    def load(self) -> Dataset:
        """Draw; the same settings give the same samples."""
        rng = np.random.default_rng(derive_seed(self.seed, self.name))
        labels = np.repeat(np.arange(2), self.per_class)
        mean = np.full(self.dimensions, self.dimensions**-0.5)  # of length 1
        noise = rng.standard_normal((len(labels), self.dimensions))
        values = (2 * labels - 1)[:, None] * mean + self.spread * noise
        spec = SampleSpec(
            modality="vector",
            shape=(self.dimensions,),
            class_names=("minus", "plus"),
            details={"origin": f"N(±μ, {self.spread:g}²·I), |μ| = 1"},
        )
        return Dataset(spec, Samples(values.astype(np.float32), labels.astype(np.int64)))
