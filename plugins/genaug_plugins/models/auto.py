"""The model that suits the samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Model, Predictor
from genaug.data import Samples, SampleSpec

SMALLEST_SIDE = 8
"""Images and signals with a shorter side are read as columns."""


class AutoModel(Model):
    """The model that suits the samples: a network for images and signals of 8 or more a side, else columns.

    Whatever it chooses depends on modality and shape alone.
    """

    name: ClassVar[str] = "auto"
    checks_its_parts: ClassVar[bool] = True

    network: Use[Model] = Field(default={"use": "small-cnn"}, validate_default=True)
    """For images and signals of 8 or more a side."""
    columns: Use[Model] = Field(default={"use": "logistic-regression"}, validate_default=True)
    """For all other samples."""

    def for_spec(self, spec: SampleSpec) -> Model:
        """Return the model that learns samples of this spec."""
        convolvable = spec.modality in ("image", "signal") and min(spec.shape[1:]) >= SMALLEST_SIDE
        return (self.network if convolvable else self.columns).for_spec(spec)

    def check_usable(self, spec: SampleSpec) -> None:
        """Ask the model that suits these samples."""
        self.for_spec(spec).check_usable(spec)

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        """Fit the model that suits these samples."""
        return self.for_spec(spec).fit(spec, training, seed, device)

    def fit_sequence(
        self, spec: SampleSpec, trainings: Sequence[Samples], seed: int, device: str
    ) -> Predictor:
        """Fit the model that suits these samples to training sets one after another."""
        return self.for_spec(spec).fit_sequence(spec, trainings, seed, device)
