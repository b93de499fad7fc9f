"""Tasks that break exactly one promise."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from genaug import Model, Task
from genaug.data import Samples, SampleSpec
from genaug.data.samples import FloatArray
from genaug.testing.companions import NearestMeanTask


class Wrapped(Model):
    def __init__(self, model: Model) -> None:
        self.model = model

    def predict(self, samples: Samples) -> NDArray[np.float64]:
        return self.model.predict(samples)


class WrappedTask(Task):
    name: ClassVar[str] = "wrapped"
    model: ClassVar[type[Wrapped]] = Wrapped

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Model:
        return self.model(NearestMeanTask().fit(spec, training, seed, device))


class DoublingTask(WrappedTask):
    class model(Wrapped):  # noqa: N801
        def predict(self, samples: Samples) -> NDArray[np.float64]:
            return 2 * super().predict(samples)


class UnseededTask(WrappedTask):
    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Model:
        noise = np.random.default_rng().standard_normal(training.values.shape, dtype=np.float32)
        return super().fit(spec, Samples(training.values + noise, training.labels), seed, device)


class CompleteTask(WrappedTask):
    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Model:
        if (training.per_class(spec.classes) == 0).any():
            raise ValueError("every class is needed")
        return super().fit(spec, training, seed, device)


class NeedyTask(WrappedTask):
    class model(Wrapped):  # noqa: N801
        def predict(self, samples: Samples) -> NDArray[np.float64]:
            samples.values.max()
            return super().predict(samples)


class PeekingTask(WrappedTask):
    class model(Wrapped):  # noqa: N801
        def predict(self, samples: Samples) -> NDArray[np.float64]:
            found = super().predict(samples)
            return 0.5 * (found + np.eye(found.shape[1])[samples.labels])


class NormalizingTask(WrappedTask):
    class model(Wrapped):  # noqa: N801
        def predict(self, samples: Samples) -> NDArray[np.float64]:
            if not len(samples):
                return super().predict(samples)
            return super().predict(Samples(samples.values - samples.values.mean(axis=0), samples.labels))


class WastefulTask(WrappedTask):
    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Model:
        model = super().fit(spec, training, seed, device)
        training.values[:] = 0
        return model


class SeedingTask(WrappedTask):
    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Model:
        torch.manual_seed(seed)
        return super().fit(spec, training, seed, device)


class FeaturedTask(WrappedTask):
    class model(Wrapped):  # noqa: N801
        def features(self, samples: Samples) -> FloatArray | None:
            return samples.values.reshape(len(samples), -1) + np.float32(1)


class RelativeTask(WrappedTask):
    class model(Wrapped):  # noqa: N801
        def features(self, samples: Samples) -> FloatArray | None:
            found = samples.values.reshape(len(samples), -1)
            return found - found.mean(axis=0)


class Averaged(Model):
    def __init__(self, models: Sequence[Model]) -> None:
        self.models = models

    def predict(self, samples: Samples) -> NDArray[np.float64]:
        return np.mean([model.predict(samples) for model in self.models], axis=0)


class InTurnTask(WrappedTask):
    def fit_in_turn(self, spec: SampleSpec, parts: Sequence[Samples], seed: int, device: str) -> Model:
        return Averaged([self.fit(spec, part, seed, device) for part in parts])


class OtherwiseInTurnTask(InTurnTask):
    def fit_in_turn(self, spec: SampleSpec, parts: Sequence[Samples], seed: int, device: str) -> Model:
        return super().fit_in_turn(spec, [part.take(np.arange(9)) for part in parts], seed, device)


class ForgettingTask(InTurnTask):
    def fit_in_turn(self, spec: SampleSpec, parts: Sequence[Samples], seed: int, device: str) -> Model:
        return super().fit_in_turn(spec, parts[-1:], seed, device)


class NeverLeavingTask(InTurnTask):
    def fit_in_turn(self, spec: SampleSpec, parts: Sequence[Samples], seed: int, device: str) -> Model:
        return super().fit_in_turn(spec, parts[:1], seed, device)


class UnseededInTurnTask(InTurnTask):
    def fit_in_turn(self, spec: SampleSpec, parts: Sequence[Samples], seed: int, device: str) -> Model:
        first = parts[0]
        if len(parts) > 1:
            noise = np.random.default_rng().standard_normal(first.values.shape, dtype=np.float32)
            first = Samples(first.values + noise, first.labels)
        return super().fit_in_turn(spec, [first, *parts[1:]], seed, device)


GOOD = [NearestMeanTask(), WrappedTask(), FeaturedTask(), InTurnTask()]

BROKEN = {
    "predicts_probabilities": [DoublingTask()],
    "learns_the_same_twice": [UnseededTask()],
    "copes_with_a_class_missing_in_training": [CompleteTask()],
    "copes_with_nothing_to_predict": [NeedyTask()],
    "does_not_look_at_labels": [PeekingTask()],
    "predicts_each_sample_alone": [NormalizingTask()],
    "has_features_of_each_sample_alone": [RelativeTask()],
    "learns_one_part_in_turn_as_it_fits": [OtherwiseInTurnTask()],
    "learns_in_turn_from_every_part": [ForgettingTask(), NeverLeavingTask()],
    "learns_in_turn_the_same_twice": [UnseededInTurnTask()],
    "leaves_its_samples_alone": [WastefulTask()],
    "leaves_global_randomness_alone": [SeedingTask()],
}
