"""The form in which samples are learned, and the way back to values of the data."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.data import Samples, SampleSpec, TrainView
from genaug.data.samples import FloatArray
from genaug_plugins.generators.units import Units
from genaug_plugins.generators.vae.layout import Layout

Doubles = NDArray[np.float64]


class Form(ABC):
    """The form in which networks learn samples.

    Attributes:
        layout: of the values that the networks read and make.
        draws: how many uniform numbers each sample needs, to draw its choices.
        varies: float32 like the numbers of one sample; 0 for those that are constant whatever is decoded.
    """

    layout: Layout
    varies: FloatArray
    draws: int = 0

    @abstractmethod
    def learned(self, samples: Samples) -> FloatArray:
        """Return samples as the networks read them, ``[N, *layout.shape]``."""

    @abstractmethod
    def values(self, made: FloatArray, uniform: Doubles | None = None) -> NDArray[Any]:
        """Return values of the data, ``[N, *spec.shape]``.

        Args:
            made: of the decoder, ``[N, *layout.shape]``.
            uniform: in [0, 1), ``[N, draws]``, to draw choices; None: the most probable ones.
        """

    @abstractmethod
    def record(self) -> dict[str, Any]:
        """Return it as plain JSON."""


class NumbersForm(Form):
    """Images, signals and vectors in their units.

    Args:
        spec: of the samples.
        units: in which they are learned.
    """

    def __init__(self, spec: SampleSpec, units: Units) -> None:
        self._units = units
        self.layout = Layout(
            spec.shape, bounded=spec.value_range is not None, own_variance=spec.modality == "vector"
        )
        self.varies = np.broadcast_to(units.scale > 0, spec.shape).astype(np.float32)

    @classmethod
    def of(cls, train: TrainView) -> "NumbersForm":
        """Return the form of training samples."""
        return cls(train.spec, Units.of(train))

    @classmethod
    def of_record(cls, spec: SampleSpec, record: Mapping[str, Any]) -> "NumbersForm":
        """Return a stored form."""
        return cls(spec, Units.of_record(record["units"]))

    def learned(self, samples: Samples) -> FloatArray:
        """Return samples in their units."""
        return self._units.samples(samples).values

    def values(self, made: FloatArray, uniform: Doubles | None = None) -> NDArray[Any]:
        """Return values in the unit of the data, in its value range."""
        return self._units.values(made.clip(-1.0, 1.0) if self.layout.bounded else made)

    def record(self) -> dict[str, Any]:
        """Return the units."""
        return {"units": self._units.record()}
