"""SMOTE: points between a training sample and its neighbours of the same class."""

from typing import ClassVar

import numpy as np
from pydantic import Field

from genaug.data import SampleSpec
from genaug.data.samples import IntArray
from genaug_plugins.evaluation.neighbour_interpolation import between_neighbours, mixed_smote
from genaug_plugins.generators.sample_based import Doubles, Learned, SampleBasedGenerator


class SmoteGenerator(SampleBasedGenerator):
    """Interpolate between a training sample and one of its nearest neighbours of the same class.

    Chawla et al. 2002, "SMOTE"; SMOTE-NC for tables, where categories are those of most neighbours. Distances
    are in units of the training samples' standard deviation. A class of one sample is refused: it has no
    neighbour.
    """

    name: ClassVar[str] = "smote"
    modalities: ClassVar[frozenset[str]] = SampleBasedGenerator.modalities | {"table"}

    neighbours: int = Field(default=5, ge=1)
    """Number of nearest neighbours; as many as there are where there are fewer."""

    def too_few(self, counts: IntArray, spec: SampleSpec) -> str:
        """Refuse a class with one training sample."""
        alone = [spec.class_names[label] for label in np.flatnonzero(counts == 1)]
        if not alone:
            return ""
        return (
            f"interpolates between neighbours of a class, and {alone[0]!r} has one training sample: choose "
            "`jitter` or `calibrated`, or ask for more in `split`"
        )

    def vary(self, bases: Doubles, label: int, learned: Learned, rng: np.random.Generator) -> Doubles:
        """Return a point between each base and one of its neighbours."""
        own = learned.of_class(label)
        if learned.spec.modality == "table":
            return mixed_smote(bases, own, learned.spec, self.neighbours, rng)
        unit = learned.unit()
        unit[unit == 0] = np.inf
        return between_neighbours(bases, own, self.neighbours, lambda rows: rows / unit, rng)[0]
