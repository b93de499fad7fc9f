"""Tell the classes apart."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from genaug.contracts import Embedder, Extractor, Model, Task
from genaug.data import Samples, SampleSpec, TrainView
from genaug.errors import DataError
from genaug.references import Use
from genaug_plugins.tasks.logistic_regression import Columns, fit_logistic_regression
from genaug_plugins.tasks.small_cnn import SMALLEST_SIDE, Schedule, fit_small_cnn


class ClassificationTask(Task):
    """Classify images, signals or vectors.

    The defaults are meant as a strong baseline on ten images a class: an augmentation that helps
    only a weak classifier helps nobody. The small network takes the same number of optimizer
    steps whatever the size of the training set, so "real data repeated to as many steps" is what
    the arm without augmentation is.
    """

    name: ClassVar[str] = "classification"

    model: Literal["auto", "small-cnn", "logistic-regression"] = "auto"
    """What is trained. `auto`: logistic regression where an extractor is named, for vectors and for
    sides below 8; else the small network."""
    extractor: Use[Extractor] | None = None
    """Feature space that logistic regression reads. None: the values themselves."""
    steps: int = Field(default=200, ge=1)
    """Optimizer steps of the small network, whatever the size of the training set."""
    batch_size: int = Field(default=64, ge=2)
    """Samples in each step of the small network."""
    width: int = Field(default=32, ge=4)
    """Channels of the small network's first stage."""
    learning_rate: float = Field(default=3e-3, gt=0)
    """AdamW's first learning rate; it falls to 0 along half a cosine."""
    weight_decay: float = Field(default=0.05, ge=0)
    """AdamW's weight decay."""
    label_smoothing: float = Field(default=0.1, ge=0, lt=1)
    """Share of each target that is spread evenly over the classes."""
    augment: Literal["none", "shift", "shift-and-flip"] = "none"
    """Classical augmentation of the images the small network trains on, in every arm alike."""
    balance: bool = True
    """Let rarer classes count as much as frequent ones: by repetition in the small network, by weight
    in logistic regression. Resampling is the cheap answer to imbalance that a generator must beat."""
    strength: float = Field(default=1.0, gt=0)
    """Inverse of the weight of logistic regression's L2 penalty."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.model == "small-cnn" and self.extractor is not None:
            raise ValueError(
                "the small-cnn reads values: take out extractor, or set model: logistic-regression"
            )
        return self

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse samples that the chosen model cannot read."""
        self._model_for(spec)

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Model:
        """Fit a fresh model.

        Logistic regression is fitted to convergence and has nothing random in it: every seed
        gives the same model. A class without training samples keeps its column.

        Raises:
            DataError: where there are not two classes to tell apart, or the chosen model cannot
                read samples of this spec.
            TrainingDiverged: where the small network's loss became non-finite.
            MissingWeights: where the extractor has none.
        """
        seen = np.unique(training.labels)
        if len(seen) < 2:
            found = f"only {spec.class_names[int(seen[0])]!r}" if len(seen) else "none"
            raise DataError(
                f"classification needs training samples of two classes at least, found {found}: "
                f"the classes are {', '.join(spec.class_names)}"
            )
        if self._model_for(spec) == "logistic-regression":
            # Pixels and signal values share a unit; columns of a table and features do not.
            one_scale = self.extractor is None and spec.modality in ("image", "signal")
            return fit_logistic_regression(
                self._columns(spec, training, seed, device),
                training,
                spec.classes,
                self.strength,
                self.balance,
                one_scale,
            )
        schedule = Schedule(
            steps=self.steps,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            label_smoothing=self.label_smoothing,
            balance=self.balance,
            shift=self.augment != "none",
            flip=self.augment == "shift-and-flip",
        )
        return fit_small_cnn(spec, training, self.width, schedule, seed, device)

    def _model_for(self, spec: SampleSpec) -> Literal["small-cnn", "logistic-regression"]:
        convolvable = spec.modality in ("image", "signal") and min(spec.shape[1:]) >= SMALLEST_SIDE
        if self.model == "logistic-regression":
            return self.model
        if self.model == "auto" and (self.extractor is not None or not convolvable):
            return "logistic-regression"
        if not convolvable:
            raise DataError(
                f"the small-cnn reads images and signals of {SMALLEST_SIDE} or more a side, not "
                f"{spec.modality} samples of shape {spec.shape}: set model: logistic-regression"
            )
        if self.augment != "none" and spec.modality != "image":
            raise DataError(f"augment: {self.augment} is for images, not {spec.modality}: set augment: none")
        return "small-cnn"

    def _columns(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Columns:
        if self.extractor is None:
            return lambda samples: samples.values.reshape(len(samples), -1).astype(np.float64)
        self.extractor.check_usable(spec)
        embedder = self.extractor.learn(TrainView(spec, training), seed, device)
        return lambda samples: _embedded(embedder, samples)


def _embedded(embedder: Embedder, samples: Samples) -> NDArray[np.float64]:
    size, parts = embedder.batch_size, []
    for start in range(0, len(samples), size):
        values = samples.values[start : start + size]
        # An embedder reads full batches only; the padding's features are cut off again.
        padding = np.repeat(values[-1:], size - len(values), axis=0)
        parts.append(embedder.embed(np.concatenate([values, padding]))[: len(values)])
    return np.concatenate(parts).astype(np.float64)
