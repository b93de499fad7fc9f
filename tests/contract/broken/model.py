"""Models that break exactly one promise."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from genaug import Model, Predictor
from genaug.data import Samples, SampleSpec
from genaug.data.samples import FloatArray
from genaug.errors import DataError
from genaug.testing.companions import NearestMeanModel


class Wrapped(Predictor):
    def __init__(self, model: Predictor) -> None:
        self.model = model

    def predict(self, samples: Samples) -> NDArray[np.float64]:
        return self.model.predict(samples)


class WrappedModel(Model):
    name: ClassVar[str] = "wrapped"
    wrapper: ClassVar[type[Wrapped]] = Wrapped

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        return self.wrapper(NearestMeanModel().fit(spec, training, seed, device))


class DoublingModel(WrappedModel):
    class wrapper(Wrapped):  # noqa: N801
        def predict(self, samples: Samples) -> NDArray[np.float64]:
            return 2 * super().predict(samples)


class UnseededModel(WrappedModel):
    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        noise = np.random.default_rng().standard_normal(training.values.shape, dtype=np.float32)
        return super().fit(spec, Samples(training.values + noise, training.labels), seed, device)

    def fit_sequence(
        self, spec: SampleSpec, trainings: Sequence[Samples], seed: int, device: str
    ) -> Predictor:
        raise DataError("it learns all its samples at once")


class CompleteModel(WrappedModel):
    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        if (training.per_class(spec.classes) == 0).any():
            raise ValueError("every class is needed")
        return super().fit(spec, training, seed, device)


class NeedyModel(WrappedModel):
    class wrapper(Wrapped):  # noqa: N801
        def predict(self, samples: Samples) -> NDArray[np.float64]:
            samples.values.max()
            return super().predict(samples)


class PeekingModel(WrappedModel):
    class wrapper(Wrapped):  # noqa: N801
        def predict(self, samples: Samples) -> NDArray[np.float64]:
            found = super().predict(samples)
            return 0.5 * (found + np.eye(found.shape[1])[samples.labels])


class NormalizingModel(WrappedModel):
    class wrapper(Wrapped):  # noqa: N801
        def predict(self, samples: Samples) -> NDArray[np.float64]:
            if not len(samples):
                return super().predict(samples)
            return super().predict(Samples(samples.values - samples.values.mean(axis=0), samples.labels))


class WastefulModel(WrappedModel):
    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        model = super().fit(spec, training, seed, device)
        training.values[:] = 0
        return model


class SeedingModel(WrappedModel):
    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        torch.manual_seed(seed)
        return super().fit(spec, training, seed, device)


class FeaturedModel(WrappedModel):
    class wrapper(Wrapped):  # noqa: N801
        def features(self, samples: Samples) -> FloatArray | None:
            return samples.values.reshape(len(samples), -1) + np.float32(1)


class RelativeModel(WrappedModel):
    class wrapper(Wrapped):  # noqa: N801
        def features(self, samples: Samples) -> FloatArray | None:
            found = samples.values.reshape(len(samples), -1)
            return found - found.mean(axis=0)


class Averaged(Predictor):
    def __init__(self, models: Sequence[Predictor]) -> None:
        self.models = models

    def predict(self, samples: Samples) -> NDArray[np.float64]:
        return np.mean([model.predict(samples) for model in self.models], axis=0)


class SequenceModel(WrappedModel):
    def fit_sequence(
        self, spec: SampleSpec, trainings: Sequence[Samples], seed: int, device: str
    ) -> Predictor:
        return Averaged([self.fit(spec, part, seed, device) for part in trainings])


class OtherwiseSequenceModel(SequenceModel):
    def fit_sequence(
        self, spec: SampleSpec, trainings: Sequence[Samples], seed: int, device: str
    ) -> Predictor:
        return super().fit_sequence(spec, [part.take(np.arange(9)) for part in trainings], seed, device)


class ForgettingModel(SequenceModel):
    def fit_sequence(
        self, spec: SampleSpec, trainings: Sequence[Samples], seed: int, device: str
    ) -> Predictor:
        return super().fit_sequence(spec, trainings[-1:], seed, device)


class NeverLeavingModel(SequenceModel):
    def fit_sequence(
        self, spec: SampleSpec, trainings: Sequence[Samples], seed: int, device: str
    ) -> Predictor:
        return super().fit_sequence(spec, trainings[:1], seed, device)


class UnseededSequenceModel(SequenceModel):
    def fit_sequence(
        self, spec: SampleSpec, trainings: Sequence[Samples], seed: int, device: str
    ) -> Predictor:
        first = trainings[0]
        if len(trainings) > 1:
            noise = np.random.default_rng().standard_normal(first.values.shape, dtype=np.float32)
            first = Samples(first.values + noise, first.labels)
        return super().fit_sequence(spec, [first, *trainings[1:]], seed, device)


class SoftInNameModel(WrappedModel):
    def learns_soft_labels(self, spec: SampleSpec) -> bool:
        return True


GOOD = [NearestMeanModel(), WrappedModel(), FeaturedModel(), SequenceModel()]

BROKEN = {
    "predicts_what_its_task_scores": [DoublingModel()],
    "learns_the_same_twice": [UnseededModel()],
    "learns_the_soft_labels_that_it_says_it_learns": [SoftInNameModel()],
    "copes_with_a_class_missing_in_training": [CompleteModel()],
    "copes_with_nothing_to_predict": [NeedyModel()],
    "does_not_read_labels": [PeekingModel()],
    "predicts_each_sample_alone": [NormalizingModel()],
    "has_features_of_each_sample_alone": [RelativeModel()],
    "learns_a_sequence_of_one_as_it_fits": [OtherwiseSequenceModel()],
    "learns_from_every_training_set_of_a_sequence": [ForgettingModel(), NeverLeavingModel()],
    "learns_a_sequence_the_same_twice": [UnseededSequenceModel()],
    "leaves_its_samples_alone": [WastefulModel()],
    "leaves_global_randomness_alone": [SeedingModel()],
}
