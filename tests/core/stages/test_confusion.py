"""The confusion of a task: cross-fitted on the training view alone, stored, and only for who declares it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.naive_bayes import GaussianNB

from genaug import Context, Model, Pipeline, Predictor, Sampler, Strategy, Task
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.data.folds import assign_folds
from genaug.errors import DataError, PluginFailed
from genaug.stages.confusion import confusion_of
from genaug.testing.companions import LabelTask
from genaug.testing.material import Material

SPEC = SampleSpec(modality="vector", shape=(2,), class_names=("a", "b", "c"))


def view(counts: Sequence[int], seed: int = 0, groups: Sequence[str] | None = None) -> TrainView:
    """Return clouds that overlap, one for each class."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), counts)
    values = rng.standard_normal((len(labels), 2)) + labels[:, None]
    named = None if groups is None else np.array(groups)
    return TrainView(SPEC, Samples(values.astype(np.float32), labels), groups=named)


class Fitted(Predictor):
    def __init__(self, predict: Any) -> None:
        self._predict = predict

    def predict(self, samples: Samples) -> NDArray[np.float64]:
        found: NDArray[np.float64] = self._predict(samples)
        return found


class BayesModel(Model):
    name: ClassVar[str] = "bayes"

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        fitted = GaussianNB().fit(training.values, training.labels)
        return Fitted(lambda samples: fitted.predict_proba(samples.values))


class RecallModel(Model):
    """A model that is certain where it has seen the first value of a sample, and knows nothing else."""

    name: ClassVar[str] = "recall"
    fits: ClassVar[list[int]] = []

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        self.fits.append(len(training))
        seen = training.values.reshape(len(training), -1)[:, 0]

        def predict(samples: Samples) -> NDArray[np.float64]:
            p = np.full((len(samples), spec.classes), 1 / spec.classes)
            known = np.isin(samples.values.reshape(len(samples), -1)[:, 0], seen)
            p[known] = np.eye(spec.classes)[samples.labels[known]]
            return p

        return Fitted(predict)


class SharesModel(Model):
    """A model that predicts the shares of the classes in its training set."""

    name: ClassVar[str] = "shares"
    fits: ClassVar[list[int]] = []

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        self.fits.append(len(training))
        shares = training.per_class(spec.classes) / len(training)
        return Fitted(lambda samples: np.tile(shares, (len(samples), 1)))


class NumbersModel(SharesModel):
    name: ClassVar[str] = "numbers"
    predicts: ClassVar[str] = "targets"


class NumbersTask(Task):
    name: ClassVar[str] = "numbers"
    predicts: ClassVar[str] = "targets"
    metric: ClassVar[str] = "error"

    def score(self, prediction: NDArray[np.float64], samples: Samples) -> NDArray[np.float64]:
        return prediction


class ShyStrategy(Strategy):
    """A strategy that reads the confusion, twice, and does not declare it."""

    name: ClassVar[str] = "shy"
    more: int = 1
    """Samples of each class beside those that were confused."""

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        wrong = context.confusion().counts.sum(axis=1) - np.diag(context.confusion().counts)
        for label, count in enumerate(wrong.tolist()):
            yield Request(label, count + self.more)


class OpenStrategy(ShyStrategy):
    name: ClassVar[str] = "open"
    reads_confusion: ClassVar[bool] = True


def context(seed: int = 0) -> Context:
    return Material().context(seed)


@pytest.mark.parametrize("counts", [(20, 20, 20), (30, 7, 3)])
def test_it_equals_that_of_scikit_learn_on_the_same_folds(counts: tuple[int, ...]) -> None:
    train = view(counts)
    found = confusion_of(LabelTask(model=BayesModel()), train, context())
    assert sorted(set(found.folds.tolist())) == list(range(min(5, *counts)))
    x, y = train.samples.values, train.samples.labels
    split = PredefinedSplit(found.folds)
    expected = cross_val_predict(GaussianNB(), x, y, cv=split, method="predict_proba")
    assert found.probabilities == pytest.approx(expected, rel=1e-12)
    counted = np.zeros((3, 3))
    for true, predicted in zip(y, expected.argmax(axis=1), strict=True):
        counted[true, predicted] += 1
    assert found.counts.tolist() == counted.tolist()
    assert 0 < found.error_rates.sum() < 3
    assert found.error_rates == pytest.approx(1 - np.diag(counted) / np.array(counts))
    assert (found.ids == train.samples.ids).all()
    assert found.class_names == SPEC.class_names
    with pytest.raises(ValueError, match="read-only"):
        found.probabilities[0] = 1


def test_no_model_has_seen_what_it_predicts() -> None:
    train = view((10, 6, 4))
    found = confusion_of(LabelTask(model=RecallModel()), train, context())
    assert found.probabilities == pytest.approx(np.full((20, 3), 1 / 3))


def test_copies_and_groups_share_a_fold() -> None:
    once = view((8, 6, 4)).samples
    copied = TrainView(SPEC, Samples.join([once, once]))
    found = confusion_of(LabelTask(model=RecallModel()), copied, context())
    assert found.probabilities == pytest.approx(np.full((36, 3), 1 / 3))
    # Members of a group differ, and have their first value in common, which the model knows again.
    groups = [f"g{number // 2}" for number in range(18)]
    values = np.stack([np.arange(18) // 2, np.arange(18)], axis=1).astype(np.float32)
    train = TrainView(SPEC, Samples(values, once.labels))
    apart = confusion_of(LabelTask(model=RecallModel()), train, context())
    assert (apart.probabilities == 1).any(), "without groups the model knows them again"
    kept = confusion_of(LabelTask(model=RecallModel()), replace(train, groups=np.array(groups)), context())
    assert kept.probabilities == pytest.approx(np.full((18, 3), 1 / 3))


def test_every_class_is_in_every_fold() -> None:
    found = confusion_of(LabelTask(model=SharesModel()), view((40, 20, 3)), context())
    for fold in range(3):
        assert np.bincount(found.labels[found.folds == fold], minlength=3).min() >= 1
    # 2 of the 3 samples of `c` are in each training set.
    assert found.probabilities[:, 2] == pytest.approx(2 / 42, abs=0.002)


def test_the_order_of_the_training_view_changes_nothing() -> None:
    train = view((9, 8, 7))
    order = np.random.default_rng(1).permutation(24)
    task = LabelTask(model=BayesModel())
    found = confusion_of(task, train, context())
    again = confusion_of(task, TrainView(SPEC, train.samples.take(order)), context())
    assert again.probabilities == pytest.approx(found.probabilities[order], rel=1e-3)
    other = confusion_of(task, train, context(seed=1))
    assert other.folds.tolist() != found.folds.tolist()


def test_a_unit_of_several_classes_goes_with_the_rarest() -> None:
    groups = [f"g{number}" for number in [*range(10), 0, 1, 2, 3, 10, 11, 12, 13]]
    train = view((10, 4, 4), groups=groups)
    folds, fold = assign_folds(train, 4, 0)
    assert folds == 4
    assert (fold[:4] == fold[10:14]).all()
    assert sorted(fold[10:14]) == sorted(fold[14:]) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("counts", "groups", "says"),
    [
        ((5, 4, 1), None, "class 'c' has 1 training sample, and"),
        ((5, 4, 2), [*"fghijklmn", "x", "x"], "class 'c' has 2 training samples of one group or content"),
    ],
)
def test_a_class_that_cannot_be_separated_is_an_error(
    counts: tuple[int, ...], groups: list[str] | None, says: str
) -> None:
    with pytest.raises(DataError, match=says):
        confusion_of(LabelTask(model=SharesModel()), view(counts, groups=groups), context())


def test_a_task_without_classes_has_none() -> None:
    with pytest.raises(PluginFailed, match="the task 'numbers' predicts targets"):
        confusion_of(NumbersTask(model=NumbersModel()), view((3, 3, 3)), context())


def pipeline(strategy: Strategy, task: Task | None = None) -> Pipeline:
    return Pipeline(
        source={"use": "sklearn-digits"},
        split={"train_per_class": 4, "validation_per_class": 1, "test_per_class": 1},
        generator={"use": "gaussian"},
        extractor={"use": "pixels"},
        strategy=strategy,
        task=task or LabelTask(model=SharesModel()),
        hooks=(),
    )


def test_it_is_refused_where_it_is_not_declared(tmp_path: Path) -> None:
    with pytest.raises(PluginFailed, match=r"strategy 'shy' of .* `reads_confusion = True`"):
        pipeline(ShyStrategy()).run(tmp_path / "run")
    with pytest.raises(PluginFailed, match="only to a strategy that declares"):
        context().confusion()


def test_a_task_without_classes_is_refused_when_the_config_is_read() -> None:
    task = NumbersTask(model=NumbersModel())
    assert pipeline(ShyStrategy(), task).task == task
    with pytest.raises(ValidationError, match="'open' reads which classes the task confuses, and the task"):
        pipeline(OpenStrategy(), task)


def test_the_pool_depends_on_the_task_where_the_strategy_reads_its_confusion() -> None:
    other = LabelTask(model=BayesModel())
    for strategy, same in ((ShyStrategy(), True), (OpenStrategy(), False)):
        one, two = (made.job().fingerprints for made in (pipeline(strategy), pipeline(strategy, other)))
        assert one["fit"] == two["fit"]
        assert (one["generate"] == two["generate"]) == same


def test_it_is_computed_once_for_an_output_folder(tmp_path: Path) -> None:
    SharesModel.fits.clear()
    pipeline(OpenStrategy()).run(tmp_path / "run")
    assert SharesModel.fits == [30] * 4  # 40 training samples, a fold of 10 left out
    pipeline(OpenStrategy(more=2)).run(tmp_path / "run")
    assert len(SharesModel.fits) == 4
    pipeline(OpenStrategy(more=2), LabelTask(model=RecallModel())).run(tmp_path / "run")
    assert len(SharesModel.fits) == 4
    assert RecallModel.fits
