"""A sample of a rare class over a sample of a frequent one."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from genaug.data import SampleSpec
from genaug.data.samples import IntArray
from genaug_plugins.generators.sample_based import Doubles, Learned, SampleBasedGenerator


class RemixGenerator(SampleBasedGenerator):
    """Lay a training sample over one of another class, and keep its label.

    The frequent classes lend their backgrounds to the rare one. Other classes are chosen in proportion to
    their numbers of samples. After Remix (Chou et al. 2020, arXiv 2007.03943) and CMO (Park et al. 2022,
    arXiv 2112.00412). It suits classes that are recognized by an object, not by the whole picture;
    labels may break at a small `share`, and selectors should follow.
    """

    name: ClassVar[str] = "remix"

    way: Literal["patch", "blend"] = "patch"
    """`patch`: a rectangle (a section of a signal) of the sample replaces the same place of the other.
    `blend`: both are averaged. Vectors can only be blended."""
    share: Annotated[float, Field(gt=0, lt=1)] = 0.6
    """Smallest share of the sample that stays: of the area, or its weight. The share is uniform above it."""

    def too_few(self, counts: IntArray, spec: SampleSpec) -> str:
        """Refuse data of one class, and patches of vectors."""
        if self.way == "patch" and spec.modality == "vector":
            return "cuts patches of images and signals: a vector has no places. Set `way: blend`"
        if np.count_nonzero(counts) < 2:
            return "lays samples over those of other classes, and only one class has training samples"
        return ""

    def vary(self, bases: Doubles, label: int, learned: Learned, rng: np.random.Generator) -> Doubles:
        """Return each base over a random training sample of another class."""
        others = np.flatnonzero(learned.labels != label)
        under = learned.values[others[rng.integers(len(others), size=len(bases))]].astype(np.float64)
        shares = rng.uniform(self.share, 1, len(bases))
        if self.way == "blend":
            return shares[:, None] * bases + (1 - shares[:, None]) * under
        shape = learned.spec.shape
        made = under.reshape(-1, *shape)
        for row, share in enumerate(shares):
            places = shape[1:]
            sides = [max(1, round(side * share ** (1 / len(places)))) for side in places]
            starts = [int(rng.integers(side - kept + 1)) for side, kept in zip(places, sides, strict=True)]
            inside = (slice(None), *(slice(a, a + n) for a, n in zip(starts, sides, strict=True)))
            made[row][inside] = bases[row].reshape(shape)[inside]
        return made.reshape(len(bases), -1)
