"""A task that is not classification: judged by the same paired statistics, in its own direction."""

from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from genaug.adapters import SklearnModel, TorchModel
from genaug.components.references import Use
from genaug.contracts import Model, Task
from genaug.data import (
    Findings,
    Samples,
    SampleSpec,
)
from genaug.testing.evidence import context_without_features, evidence_of
from genaug_plugins.models.logistic_regression import LogisticRegressionModel
from genaug_plugins.validators.downstream.downstream import DownstreamValidator

SPEC = SampleSpec(modality="vector", shape=(4,), class_names=("all",))
SLOPES = np.array([1.0, -2.0, 0.5, 0.0])


class RidgeRegressionModel(SklearnModel):
    """Ridge regression."""

    name: ClassVar[str] = "ridge-regression"
    predicts: ClassVar[str] = "targets"

    def estimator(self, seed: int) -> Any:
        from sklearn.linear_model import Ridge

        return Ridge(1.0)


class LinearModel(TorchModel):
    """One linear layer."""

    name: ClassVar[str] = "linear"
    predicts: ClassVar[str] = "targets"

    def module(self, spec: SampleSpec, trainings: Any) -> Any:
        from torch import nn

        return nn.Linear(spec.shape[0], 1)


class RegressionTask(Task):
    """Predict the target of a sample."""

    name: ClassVar[str] = "regression"
    predicts: ClassVar[str] = "targets"
    metric: ClassVar[str] = "absolute error"
    higher_is_better: ClassVar[bool] = False
    perfect: ClassVar[float | None] = 0.0

    model: Use[Model] = RidgeRegressionModel()

    def score(self, prediction: NDArray[np.float64], samples: Samples) -> NDArray[np.float64]:
        assert samples.targets is not None
        return np.abs(prediction - samples.targets)


def drawn(count: int, seed: int, wrong: bool = False) -> Samples:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(count, 4)).astype(np.float32)
    targets = values @ (-SLOPES if wrong else SLOPES) + rng.normal(0, 0.3, count)
    return Samples(values, np.zeros(count, dtype=np.int64), targets.astype(np.float32))


def measured(pool: Samples, **task: Any) -> Findings:
    evidence = evidence_of(
        SPEC, (drawn(6, 0), drawn(60, 1), drawn(200, 2)), pool, task=RegressionTask(**task)
    )
    return DownstreamValidator(seeds=3).measure(evidence, context_without_features(3))


@pytest.mark.parametrize(("wrong", "label"), [(False, "helps"), (True, "hurts")])
def test_a_lower_error_helps_and_a_higher_one_hurts(wrong: bool, label: str) -> None:
    findings = measured(drawn(120, 5, wrong))
    assert findings.verdict is not None
    assert findings.verdict.label == label
    assert findings.verdict.metric == "absolute error on the test view"
    found = {finding.name: finding for finding in findings.findings}
    baseline = found[f"absolute error[{findings.verdict.baseline}]"]
    augmented = found["absolute error[real + selected]"]
    assert baseline.better == "lower"
    assert (augmented.value < baseline.value) == (label == "helps")
    assert findings.verdict.effect == pytest.approx(baseline.value - augmented.value)
    assert not [name for name in found if "recall" in name or "accuracy" in name or "AUROC" in name]


def test_a_torch_module_learns_targets() -> None:
    findings = measured(
        drawn(120, 5), model=LinearModel(steps=200, learning_rate=0.05, weight_decay=0.0, balance=False)
    )
    assert findings.verdict is not None
    assert findings.verdict.label == "helps"


def test_a_model_of_classes_is_refused_when_the_task_is_made() -> None:
    with pytest.raises(ValueError, match="needs a model that predicts targets, and 'logistic-regression'"):
        RegressionTask(model=LogisticRegressionModel())
