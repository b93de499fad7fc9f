"""Training samples with noise."""

from typing import ClassVar

import numpy as np
from pydantic import Field

from genaug_plugins.generators.sample_based import Doubles, Learned, SampleBasedGenerator


class JitterGenerator(SampleBasedGenerator):
    """Add Gaussian noise to training samples: the cheapest generator, which others must beat."""

    name: ClassVar[str] = "jitter"

    noise: float = Field(default=0.1, gt=0)
    """Standard deviation of the noise, in standard deviations of the training samples: of each value of a
    vector, of each channel of a signal, of the pixels of images."""

    def vary(self, bases: Doubles, label: int, learned: Learned, rng: np.random.Generator) -> Doubles:
        """Return the bases with noise."""
        return bases + self.noise * learned.unit() * rng.standard_normal(bases.shape)
