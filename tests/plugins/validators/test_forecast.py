"""The forecast of the downstream comparison."""

import numpy as np

from genaug.data import DataFacts, SampleSpec
from genaug.data.split import Split
from genaug.statistics.planning import detectable_class_mean_effect, detectable_effect
from genaug_plugins.tasks.classification import ClassificationTask
from genaug_plugins.validators.downstream.downstream import DownstreamValidator


def facts(test: tuple[int, ...]) -> DataFacts:
    spec = SampleSpec(modality="vector", shape=(2,), class_names=("common", "rare"))
    return DataFacts(spec, Split(), np.array([90, 30]), np.array([20, 20]), np.array(test))


def test_balanced_classes_are_forecast_in_accuracy() -> None:
    found = DownstreamValidator(seeds=5).forecast(facts((100, 100)), ClassificationTask())
    assert found.metric == "accuracy"
    assert found.minimum_detectable_effect == detectable_effect(200, 5)
    assert found.obstacles == ()


def test_a_rare_class_decides_what_is_found_in_balanced_accuracy() -> None:
    found = DownstreamValidator(seeds=5).forecast(facts((172, 8)), ClassificationTask())
    assert found.metric == "balanced accuracy"
    assert found.minimum_detectable_effect == detectable_class_mean_effect([172, 8], 5)
    assert found.minimum_detectable_effect > 3 * detectable_effect(180, 5)


def test_a_class_with_too_few_test_samples_is_an_obstacle() -> None:
    found = DownstreamValidator(seeds=5).forecast(facts((172, 3)), ClassificationTask())
    assert found.obstacles == ("no verdict is possible: a class has 3 test samples; 5 are needed",)
