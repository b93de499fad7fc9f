"""Tasks that break exactly one promise."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug import Model, Predictor, Task
from genaug.components.references import Use
from genaug.data import Samples, SampleSpec
from genaug.testing.companions import LabelTask, NearestMeanModel


class ErrorTask(Task):
    name: ClassVar[str] = "error"
    metric: ClassVar[str] = "error"
    higher_is_better: ClassVar[bool] = False

    model: Use[Model] = Field(default=NearestMeanModel())
    """What learns."""

    def score(self, prediction: NDArray[np.float64], samples: Samples) -> NDArray[np.float64]:
        return 1 - prediction[np.arange(len(samples)), samples.labels]


class BackwardsTask(ErrorTask):
    higher_is_better: ClassVar[bool] = True


class FloatTask(ErrorTask):
    def score(self, prediction: NDArray[np.float64], samples: Samples) -> NDArray[np.float64]:
        return super().score(prediction, samples).astype(np.float32)


class RelativeTask(ErrorTask):
    def score(self, prediction: NDArray[np.float64], samples: Samples) -> NDArray[np.float64]:
        found = super().score(prediction, samples)
        return found - found.mean() if len(found) else found


class NeedyTask(ErrorTask):
    def score(self, prediction: NDArray[np.float64], samples: Samples) -> NDArray[np.float64]:
        prediction.max()
        return super().score(prediction, samples)


class WastefulTask(ErrorTask):
    def score(self, prediction: NDArray[np.float64], samples: Samples) -> NDArray[np.float64]:
        found = super().score(prediction, samples)
        prediction[:] = 0
        return found


class ErasingTask(ErrorTask):
    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        fitted = super().fit(spec, training, seed, device)
        training.values[:] = 0
        return fitted


class SeedingTask(ErrorTask):
    def score(self, prediction: NDArray[np.float64], samples: Samples) -> NDArray[np.float64]:
        np.random.seed(0)
        return super().score(prediction, samples)


GOOD = [LabelTask(), ErrorTask()]

BROKEN = {
    "scores_each_sample": [FloatTask()],
    "scores_each_sample_independently": [RelativeTask()],
    "scores_no_samples": [NeedyTask()],
    "scores_in_its_direction": [BackwardsTask()],
    "leaves_samples_and_predictions_alone": [WastefulTask(), ErasingTask()],
    "scores_without_global_randomness": [SeedingTask()],
}
