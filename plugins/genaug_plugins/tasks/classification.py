"""Tell the classes apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from genaug.components.references import Use
from genaug.contracts import Extractor, Model, Task
from genaug.data import Samples, SampleSpec
from genaug.errors import DataError
from genaug_plugins.tasks.columns import columns_of, standardized
from genaug_plugins.tasks.gradient_boosting import fit_gradient_boosting
from genaug_plugins.tasks.logistic_regression import fit_logistic_regression
from genaug_plugins.tasks.network import Network
from genaug_plugins.tasks.ridge import fit_ridge
from genaug_plugins.tasks.small_cnn import SMALLEST_SIDE, SmallCnn
from genaug_plugins.tasks.training import Schedule, standardization, train

NETWORKS = ("small-cnn", "timm")
_TRAINING = {"steps", "batch_size", "learning_rate", "weight_decay", "label_smoothing", "augment", "balance"}
USED = {
    "small-cnn": _TRAINING | {"width"},
    "timm": _TRAINING | {"network", "weights", "size"},
    "logistic-regression": {"extractor", "balance", "strength"},
    "ridge": {"extractor", "balance"},
    "gradient-boosting": {"extractor", "balance", "iterations", "learning_rate"},
}
"""The settings that each model uses."""


class ClassificationTask(Task):
    """Classify images, signals or vectors.

    The defaults are meant as a strong baseline on ten images a class: an augmentation that helps
    only a weak classifier helps nobody. A network takes the same number of optimizer steps
    whatever the size of the training set, so "real data repeated to as many steps" is what the
    arm without augmentation is; a setting that the chosen model does not use is refused.

    - ``small-cnn``, a small network for images and signals, trained from scratch.
    - ``timm``, any timm model for images, fine-tuned from weights or trained from scratch.
    - ``logistic-regression``, on values or an extractor's features.
    - ``ridge``, on the same; with ``extractor: {use: minirocket}`` the strong cheap baseline for
      signals. Its probabilities are a softmax of decision values, scaled by leave-one-out.
    - ``gradient-boosting``, boosted trees on the same; made for the columns of tables.

    The two networks can be pre-trained on one training set and fine-tuned on another; the others
    learn all at once.
    """

    name: ClassVar[str] = "classification"

    model: Literal["auto", "small-cnn", "timm", "logistic-regression", "ridge", "gradient-boosting"] = "auto"
    """What is trained. `auto`: logistic regression where an extractor is named, for vectors and for
    sides below 8; else the small network."""
    extractor: Use[Extractor] | None = None
    """Feature space that logistic regression, ridge and gradient boosting read. None: the values
    themselves."""
    steps: int = Field(default=200, ge=1)
    """Optimizer steps of a network, whatever the size of the training set."""
    batch_size: int = Field(default=64, ge=2)
    """Samples in each step of a network."""
    width: int = Field(default=32, ge=4)
    """Channels of the small network's first stage."""
    network: str = "resnet18.a1_in1k"
    """Name of the timm model, with its weights' tag: `resnet50.a1_in1k`."""
    weights: Literal["hub", "none"] | Path = "hub"
    """Where the timm model begins: from the model hub or its local cache (`hub`), from a file
    (.safetensors, .pth), or from scratch (`none`)."""
    size: int | None = Field(default=None, ge=14, le=2048)
    """Side in pixels to which the timm model's images are resized. None: the size the model was made
    for, where it has weights or reads no other; else that of the images, 32 at least. The work grows
    with its square: 224 is slow on a CPU."""
    learning_rate: float | None = Field(default=None, gt=0)
    """AdamW's first learning rate; it falls to 0 along half a cosine. None: 0.003 for the small network,
    0.001 for a timm model from scratch, 0.0003 for one with weights. Of gradient boosting: what each
    tree counts; None: 0.1."""
    weight_decay: float = Field(default=0.05, ge=0)
    """AdamW's weight decay."""
    label_smoothing: float = Field(default=0.1, ge=0, lt=1)
    """Share of each target that is spread evenly over the classes, in a network's training."""
    augment: Literal["none", "shift", "shift-and-flip"] = "none"
    """Classical augmentation of the images that a network trains on, in every arm alike."""
    balance: bool = True
    """Let rarer classes count as much as frequent ones: by repetition in a network, by weight
    elsewhere. Resampling is the cheap answer to imbalance that a generator must beat."""
    strength: float = Field(default=1.0, gt=0)
    """Inverse of the weight of logistic regression's L2 penalty."""
    iterations: int = Field(default=100, ge=1)
    """Iterations of gradient boosting, one tree for each class in each (one for two classes),
    whatever the size of the training set."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        # With `auto`, the samples decide between two models, and each may find settings of the other.
        models = ("small-cnn", "logistic-regression") if self.model == "auto" else (self.model,)
        used = set[str]().union(*(USED[model] for model in models))
        for setting, field in type(self).model_fields.items():
            # A dumped config has every default in it: those say nothing.
            if setting == "model" or setting in used or getattr(self, setting) == field.default:
                continue
            users = " or ".join(model for model, settings in USED.items() if setting in settings)
            raise ValueError(
                f"model: {self.model} does not use {setting}: take out {setting}, or set model: {users}"
            )
        return self

    def reads(self) -> tuple[Path, ...]:
        """Return the file of weights, where one is named."""
        return (self.weights,) if isinstance(self.weights, Path) else ()

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse samples that the chosen model cannot read, and a timm model that there is not."""
        if self._model_for(spec) == "timm":
            from genaug_plugins.tasks.timm_network import check_timm  # timm takes seconds to import

            check_timm(self.network, self.weights)

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Model:
        """Fit a fresh model.

        Logistic regression and ridge are solved, and gradient boosting of up to 200,000 samples
        grows its trees, with nothing random in it: every seed gives the same model, apart from
        what the extractor learns. A class without training samples keeps its column.

        Raises:
            DataError: where there are not two classes to tell apart, or the chosen model cannot
                read samples of this spec.
            ConfigError: where timm has no such network, or not for images of this size.
            TrainingDiverged: where a network's loss became non-finite.
            MissingWeights: where the extractor or the timm model has none.
        """
        _check_classes(spec, training, "training samples")
        model = self._model_for(spec)
        if model in NETWORKS:
            return self._trained(model, spec, [training], seed, device)
        columns = columns_of(self.extractor, spec, training, seed, device)
        if model == "gradient-boosting":
            rate = 0.1 if self.learning_rate is None else self.learning_rate
            return fit_gradient_boosting(
                columns, training, spec.classes, self.iterations, rate, self.balance, seed
            )
        # Pixels and signal values share a unit; columns of a table and features do not.
        one_scale = self.extractor is None and spec.modality in ("image", "signal")
        columns = standardized(columns, training, one_scale)
        if model == "ridge":
            return fit_ridge(columns, training, spec.classes, self.balance)
        return fit_logistic_regression(columns, training, spec.classes, self.strength, self.balance)

    def fit_in_turn(self, spec: SampleSpec, parts: Sequence[Samples], seed: int, device: str) -> Model:
        """Train a fresh network on one part after another; see `genaug_plugins.tasks.training.train`.

        With one part it is `fit`. Statistics for normalization are those of all parts together.

        Raises:
            DataError: as from `fit`, of each part; where the model learns all at once; and where
                there are more parts than steps.
            ConfigError, TrainingDiverged, MissingWeights: as from `fit`.
        """
        model = self._model_for(spec)
        if model not in NETWORKS:
            raise DataError(
                f"the {model} model of the task {self.name!r} learns all its samples at once: it cannot be "
                f"pre-trained; a network can: set model to {' or '.join(NETWORKS)}"
            )
        for number, part in enumerate(parts, start=1):
            _check_classes(spec, part, f"samples in training set {number} of {len(parts)}")
        return self._trained(model, spec, parts, seed, device)

    def _trained(
        self, model: str, spec: SampleSpec, parts: Sequence[Samples], seed: int, device: str
    ) -> Model:
        make: Callable[[], Network]
        if model == "timm":
            from genaug_plugins.tasks.timm_network import make_timm  # timm takes seconds to import

            rate = 1e-3 if self.weights == "none" else 3e-4

            def make() -> Network:
                return make_timm(self.network, self.weights, self.size, spec, parts)
        else:
            rate = 3e-3

            def make() -> Network:
                return SmallCnn(spec.shape, spec.classes, self.width, *standardization(parts))

        schedule = Schedule(
            steps=self.steps,
            batch_size=self.batch_size,
            learning_rate=rate if self.learning_rate is None else self.learning_rate,
            weight_decay=self.weight_decay,
            label_smoothing=self.label_smoothing,
            balance=self.balance,
            shift=self.augment != "none",
            flip=self.augment == "shift-and-flip",
        )
        return train(make, parts, schedule, seed, device, model)

    def _model_for(self, spec: SampleSpec) -> str:
        convolvable = spec.modality in ("image", "signal") and min(spec.shape[1:]) >= SMALLEST_SIDE
        model: str = self.model
        if model == "auto":
            model = "small-cnn" if self.extractor is None and convolvable else "logistic-regression"
        if model == "timm" and spec.modality != "image":
            raise DataError(
                f"the timm models read images, not {spec.modality} samples: set model: "
                f"{'small-cnn' if convolvable else 'gradient-boosting'}"
            )
        if model == "small-cnn" and not convolvable:
            raise DataError(
                f"the small-cnn reads images and signals of {SMALLEST_SIDE} or more a side, not "
                f"{spec.modality} samples of shape {spec.shape}: set model: logistic-regression"
            )
        if model in NETWORKS and self.augment != "none" and spec.modality != "image":
            raise DataError(f"augment: {self.augment} is for images, not {spec.modality}: set augment: none")
        return model


def _check_classes(spec: SampleSpec, training: Samples, what: str) -> None:
    seen = np.unique(training.labels)
    if len(seen) < 2:
        found = f"only {spec.class_names[int(seen[0])]!r}" if len(seen) else "none"
        raise DataError(
            f"classification needs {what} of two classes at least, found {found}: "
            f"the classes are {', '.join(spec.class_names)}"
        )
