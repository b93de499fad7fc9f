"""Choice of a model by the type of the samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Model, Predictor
from genaug.data import Samples, SampleSpec

SMALLEST_SIDE = 8
"""Smallest side of images and signals for the network; smaller ones are treated as columns."""


class AutoModel(Model):
    """A network for images and signals of side 8 or more, otherwise a model of columns. The choice depends
    only on modality and shape.
    """

    name: ClassVar[str] = "auto"
    checks_its_parts: ClassVar[bool] = True

    network: Use[Model] = Field(default={"use": "small-cnn"}, validate_default=True)
    """For images and signals of side 8 or more."""
    columns: Use[Model] = Field(default={"use": "logistic-regression"}, validate_default=True)
    """For all other samples."""

    def for_spec(self, spec: SampleSpec) -> Model:
        """Return the model for samples of this spec."""
        convolvable = spec.modality in ("image", "signal") and min(spec.shape[1:]) >= SMALLEST_SIDE
        return (self.network if convolvable else self.columns).for_spec(spec)

    def check_usable(self, spec: SampleSpec) -> None:
        """Delegate to the chosen model."""
        self.for_spec(spec).check_usable(spec)

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        """Fit the chosen model."""
        return self.for_spec(spec).fit(spec, training, seed, device)

    def fit_sequence(
        self, spec: SampleSpec, trainings: Sequence[Samples], seed: int, device: str
    ) -> Predictor:
        """Fit the chosen model to training sets sequentially."""
        return self.for_spec(spec).fit_sequence(spec, trainings, seed, device)
