"""The units in which networks learn vectors and signals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from genaug.data import Samples, SampleSpec, TrainView
from genaug.data.samples import FloatArray
from genaug.data.spread import ROUNDING_32, Doubles, mean_and_spread, scales

LEARNED = (-1.0, 1.0)
"""The range in which samples with a value range are learned."""


@dataclass(frozen=True, eq=False)
class Units:
    """An affine map of each column of vectors, or each channel of signals.

    Networks learn (x − center) / scale. With a value range, center and scale are its middle and half its
    width, so images are learned as they are. Without one they are the mean and standard deviation of the
    training samples, so the result does not depend on the unit of the data.

    Attributes:
        center: broadcast to a sample: ``[D]`` for vectors, ``[C, 1]`` for signals, ``[]`` with a value range.
        scale: like `center`, 0 where the training samples are constant; such columns stay constant.
    """

    center: Doubles
    scale: Doubles

    @classmethod
    def of(cls, train: TrainView) -> Units:
        """Return the units of training samples."""
        if train.spec.value_range is not None:
            low, high = train.spec.value_range
            return cls(np.array((low + high) / 2), np.array((high - low) / 2))
        values = train.samples.values.astype(np.float64)
        if train.spec.modality != "signal":
            return cls(*mean_and_spread(values, ROUNDING_32))
        channels = values.swapaxes(1, 2).reshape(-1, values.shape[1])  # [N·T, C]
        center, scale = mean_and_spread(channels, ROUNDING_32)
        return cls(center[:, None], scale[:, None])

    @classmethod
    def of_data(cls) -> Units:
        """Return the units of the data."""
        return cls(np.zeros(()), np.ones(()))

    @classmethod
    def of_record(cls, record: Mapping[str, Any] | None) -> Units:
        """Return stored units; those of the data for None, a fit of an earlier version."""
        if record is None:
            return cls.of_data()
        return cls(np.array(record["center"], dtype=np.float64), np.array(record["scale"], dtype=np.float64))

    def record(self) -> dict[str, Any]:
        """Return them as plain JSON."""
        return {"center": self.center.tolist(), "scale": self.scale.tolist()}

    @property
    def unchanged(self) -> bool:
        """Return whether they are the units of the data."""
        return bool((self.center == 0).all() and (self.scale == 1).all())

    def spec(self, spec: SampleSpec) -> SampleSpec:
        """Return the specification of samples in these units."""
        if self.unchanged or spec.value_range is None:
            return spec
        return spec.model_copy(update={"value_range": LEARNED})

    def view(self, view: TrainView) -> TrainView:
        """Return a view of samples in these units."""
        if self.unchanged:
            return view
        return replace(view, spec=self.spec(view.spec), samples=self.samples(view.samples))

    def samples(self, samples: Samples) -> Samples:
        """Return samples of the data in these units."""
        if self.unchanged:
            return samples
        learned = (samples.values.astype(np.float64) - self.center) / scales(self.center, self.scale)
        return Samples(learned.astype(np.float32), samples.labels)

    def values(self, learned: FloatArray) -> FloatArray:
        """Return values of a network in the unit of the data."""
        if self.unchanged:
            return learned
        values = learned.astype(np.float64) * self.scale + self.center
        if self.center.ndim == 0:  # rounding may exceed the value range
            values = values.clip(self.center - self.scale, self.center + self.scale)
        return values.astype(np.float32)
