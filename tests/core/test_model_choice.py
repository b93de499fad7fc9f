"""The choice of a task's model: on the training view alone, by cross-validation, shared by the whole run."""

from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from genaug import Model, Pipeline, Predictor
from genaug.contracts import Context
from genaug.contracts.model_choice import choose_model, settled
from genaug.data import Samples, SampleSpec, TrainView
from genaug.errors import DataError
from genaug.hooks import open_hooks
from genaug.testing.companions import MemoryCheckpoint
from genaug_plugins.tasks.classification import ClassificationTask

SPEC = SampleSpec(modality="vector", shape=(2,), class_names=("a", "b"))


class CountedModel(Model):
    """A model that finds the class from the sign of the first value, in a share of the samples."""

    name: ClassVar[str] = "counted"
    fits: ClassVar[list[tuple[float, int]]] = []
    right: float = 1.0
    fails: bool = False

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        self.fits.append((self.right, len(training)))
        if self.fails:
            raise DataError("it cannot learn these")
        return _Sign(self.right)


class _Sign(Predictor):
    def __init__(self, right: float) -> None:
        self.right = right

    def predict(self, samples: Samples) -> NDArray[np.float64]:
        found = (samples.values[:, 0] > 0) ^ (samples.values[:, 1] > self.right)
        p: NDArray[np.float64] = np.eye(2)[found.astype(int)]
        return p


class AmongModel(CountedModel):
    name: ClassVar[str] = "among"
    chooses: ClassVar[bool] = True
    of: tuple[CountedModel, ...] = ()

    def candidates(self, spec: SampleSpec) -> tuple[Model, ...]:
        return self.of


def view(counts: tuple[int, int] = (100, 100)) -> TrainView:
    labels = np.repeat([0, 1], counts)
    rng = np.random.default_rng(0)
    second = np.concatenate([rng.permutation((np.arange(n) + 0.5) / n) for n in counts])
    values = np.stack([np.where(labels == 1, 1.0, -1.0) + 1e-4 * rng.random(len(labels)), second], axis=1)
    return TrainView(SPEC, Samples(values.astype(np.float32), labels))


def context(**given: Any) -> Context:
    nothing: dict[str, Any] = {"extractor": None, "embed": None}
    return Context(
        seed=3, device="cpu", hooks=open_hooks(()), checkpoint=MemoryCheckpoint(), **nothing | given
    )


def task(*of: CountedModel) -> ClassificationTask:
    return ClassificationTask.model_construct(model=AmongModel(of=of))


@pytest.mark.parametrize(("rights", "chosen"), [((0.8, 0.9), 1), ((0.89, 0.9), 0), ((0.9, 0.8), 0)])
def test_the_simplest_within_one_standard_error_of_the_best_is_chosen(
    rights: tuple[float, float], chosen: int
) -> None:
    choice = choose_model(task(*(CountedModel(right=right) for right in rights)), view(), context())
    assert choice.chosen == chosen
    scores = [one.score for one in choice.candidates]
    errors = [one.standard_error for one in choice.candidates]
    assert scores == pytest.approx(rights)
    assert errors == pytest.approx([np.sqrt(right * (1 - right) / 199) for right in rights])
    assert choice.sentence.startswith("model: counted, ")
    assert "200 training samples (5 folds; accuracy ± standard error: counted 0." in choice.sentence


def test_nothing_more_complex_is_tried_than_a_model_near_a_perfect_score() -> None:
    CountedModel.fits.clear()
    choice = choose_model(task(CountedModel(right=0.995), CountedModel()), view(), context())
    assert choice.chosen == 0
    assert choice.candidates[1].refused.startswith("not tried: counted is within one standard error")
    assert {right for right, _ in CountedModel.fits} == {0.995}


def test_balanced_accuracy_decides_on_imbalanced_data() -> None:
    choice = choose_model(task(CountedModel(), CountedModel(right=0.5)), view((150, 20)), context())
    assert choice.metric == "balanced accuracy"


def test_a_candidate_that_fails_takes_no_part_and_none_left_is_an_error() -> None:
    choice = choose_model(task(CountedModel(fails=True), CountedModel(right=0.9)), view(), context())
    assert (choice.chosen, choice.candidates[0].refused) == (1, "it cannot learn these")
    with pytest.raises(DataError, match="no candidate model can be fitted: counted: it cannot learn these"):
        choose_model(task(CountedModel(fails=True), CountedModel(fails=True)), view(), context())


def test_the_choice_is_stored_and_the_settled_task_has_the_model() -> None:
    where, given = context(), task(CountedModel(right=0.7), CountedModel(right=0.9))
    CountedModel.fits.clear()
    found, choice = settled(given, view(), where)
    assert found.model == given.model.of[1]
    fits = len(CountedModel.fits)
    assert fits == 10
    assert settled(given, view(), where) == (found, choice)
    assert len(CountedModel.fits) == fits
    assert settled(found, view(), where) == (found, None)


def test_few_samples_are_divided_twice_and_one_of_each_class_leaves_the_type_to_decide() -> None:
    given = task(CountedModel(right=0.7), CountedModel(right=0.9))
    assert "drawn 2 times" in choose_model(given, view((10, 10)), context()).sentence
    single = choose_model(given, view((1, 1)), context())
    assert "too few of them for cross-validation" in single.sentence


def test_many_samples_are_drawn_from() -> None:
    CountedModel.fits.clear()
    choose_model(task(CountedModel(right=0.8), CountedModel(right=0.9)), view((2900, 100)), context())
    assert max(size for _, size in CountedModel.fits) < 1400
    assert len(CountedModel.fits) == 6


def test_a_run_chooses_before_the_fit_and_records_the_choice(tmp_path: Any) -> None:
    pipeline = Pipeline.model_validate(
        {
            "source": {"use": "gaussian-mixture", "per_class": 40},
            "generator": {"use": "gaussian"},
            "strategy": {"use": "class-balance", "per_class": 30},
            "selectors": [{"use": "top-k", "folds": 2, "extractor": {"use": "pixels"}}],
            "validators": [{"use": "downstream", "seeds": 3}],
            "exporters": [],
            "hooks": [],
            "extractor": {"use": "pixels"},
        }
    )
    assert "one of logistic-regression, gradient-boosting, by cross-validation" in pipeline.check().model
    run = pipeline.run(tmp_path)
    names = [stage.name for stage in run.record.stages]
    assert names.index("split") < names.index("choose") < names.index("fit")
    assert run.record.model is not None
    assert run.record.model.candidates[0].model == "logistic-regression"
    assert run.record.model.candidates[0].score is not None
    again = pipeline.run(tmp_path)
    assert all(stage.reused for stage in again.record.stages)
    assert again.record.model == run.record.model
