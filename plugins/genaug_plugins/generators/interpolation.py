"""Points between two training samples of a class."""

from typing import ClassVar

import numpy as np
from pydantic import Field

from genaug_plugins.generators.sample_based import Doubles, Learned, SampleBasedGenerator


class InterpolationGenerator(SampleBasedGenerator):
    """Mix two training samples of a class: x = λ·a + (1 − λ)·b, with λ ~ Beta(α, α).

    It is mixup (Zhang et al. 2018, arXiv 1710.09412) within a class, so that labels stay whole. In a feature
    space it mixes features: see the source `features`.
    """

    name: ClassVar[str] = "interpolation"

    alpha: float = Field(default=1.0, gt=0)
    """α: 1 mixes in any proportion alike, smaller values stay closer to one of the two samples."""

    def vary(self, bases: Doubles, label: int, learned: Learned, rng: np.random.Generator) -> Doubles:
        """Return each base mixed with a random training sample of the class; with another one if possible."""
        own = learned.of_class(label)
        others = own[rng.integers(len(own), size=len(bases))]
        if len(own) > 1:
            while (same := (others == bases).all(axis=1)).any() and not (own == own[0]).all():
                others[same] = own[rng.integers(len(own), size=int(same.sum()))]
        share = rng.beta(self.alpha, self.alpha, (len(bases), 1))
        return share * bases + (1 - share) * others
