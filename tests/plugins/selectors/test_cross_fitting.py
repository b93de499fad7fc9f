"""Judges: who judges what, and what they are worth."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pytest

from genaug.contracts import Candidates, Model, Predictor
from genaug.data import Origin, Pool, Samples, SampleSpec, TrainView
from genaug.errors import DataError, PluginFailed
from genaug.testing.companions import LabelTask
from genaug_plugins.scoring.cross_fitting import CrossFitted, cross_fit
from genaug_plugins.scoring.folds import BATCH
from genaug_plugins.scoring.reliability import reliability
from genaug_plugins.tasks.classification import ClassificationTask


class RecallPredictor(Predictor):
    """Give a sample that it was trained on the probability 1, any other an even share."""

    def __init__(self, training: Samples, classes: int) -> None:
        self.training, self.classes = training, classes

    def predict(self, samples: Samples) -> np.ndarray:
        known = np.isin(samples.ids, self.training.ids)
        p = np.full((len(samples), self.classes), 1 / self.classes)
        p[known] = np.eye(self.classes)[samples.labels[known]]
        return p


class RecallModel(Model):
    """Fit a model that knows its training samples by heart, and nothing else."""

    name: ClassVar[str] = "recall"

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        assert np.unique(training.labels).tolist() == self.classes, "a judge does not know a class"
        return RecallPredictor(training, spec.classes)

    classes: list[int] = [0, 1, 2]


def points(counts: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    labels = np.repeat(np.arange(len(counts)), counts)
    return np.stack([10.0 * labels, np.arange(len(labels))], axis=1), labels


def judge(hand_made, given: Candidates, view: TrainView, folds: int, **task) -> CrossFitted:  # type: ignore[no-untyped-def]
    return cross_fit(given, view, hand_made.context(), LabelTask(model=RecallModel(**task)), folds, None)


@pytest.mark.parametrize("folds", [2, 3, 5, 50])
def test_a_copy_is_judged_by_who_never_saw_what_it_copies(hand_made, folds) -> None:  # type: ignore[no-untyped-def]
    values, labels = points([7, 4, 2])
    found = judge(hand_made, hand_made.candidates(values, labels), hand_made.view(values, labels), folds)
    assert found.probability == pytest.approx(np.full(13, 1 / 3))
    assert found.entropy == pytest.approx(np.ones(13))
    assert set(found.judge) == set(range(min(folds, 7)))


def test_copies_in_the_training_view_share_a_fold(hand_made) -> None:  # type: ignore[no-untyped-def]
    values, labels = points([6, 6, 6])
    twice = hand_made.view(np.concatenate([values, values]), np.concatenate([labels, labels]))
    found = judge(hand_made, hand_made.candidates(values, labels), twice, 3)
    assert found.probability == pytest.approx(np.full(18, 1 / 3))


def test_lineage_decides_before_likeness_does(hand_made) -> None:  # type: ignore[no-untyped-def]
    values, labels = points([5, 5, 5])
    view = hand_made.view(values, labels)
    # They look like one training sample each, and say that they were made of the first.
    sources = [str(view.samples.ids[0]), "of no training sample"]
    found = judge(hand_made, hand_made.candidates(values[:5], labels[:5], sources), view, 5)
    assert len(set(found.judge)) == 1
    assert found.probability == pytest.approx([1 / 3, 1, 1, 1, 1])
    unknown = judge(hand_made, hand_made.candidates(values[:5], labels[:5], ["gone"]), view, 5)
    assert len(set(unknown.judge)) == 5


def test_most_of_many_sources_decides(hand_made) -> None:  # type: ignore[no-untyped-def]
    values, labels = points([4, 4, 4])
    view = hand_made.view(values, labels)
    alone = judge(hand_made, hand_made.candidates(values, labels), view, 2).judge
    ids = view.samples.ids
    ones, others = np.flatnonzero(alone == 0), np.flatnonzero(alone == 1)
    mixed = [str(ids[row]) for row in (*ones[:1], *others[:2])]
    found = judge(hand_made, hand_made.candidates(values[:1], labels[:1], mixed), view, 2)
    assert found.judge.tolist() == [1]


def test_every_judge_knows_a_class_of_one_sample(hand_made) -> None:  # type: ignore[no-untyped-def]
    values, labels = points([6, 6, 1])
    found = judge(hand_made, hand_made.candidates(values, labels), hand_made.view(values, labels), 3)
    assert found.probability[:12] == pytest.approx(np.full(12, 1 / 3))
    assert found.probability[12] == 1
    assert "class 'far' has a single training sample, which all judges were trained on" in found.warnings


def test_a_class_without_training_samples_is_judged_by_nobody(hand_made) -> None:  # type: ignore[no-untyped-def]
    values, labels = points([6, 6, 0])
    given = hand_made.candidates([*values, [0, 9]], [*labels, 2])
    found = judge(hand_made, given, hand_made.view(values, labels), 3, classes=[0, 1])
    for column in (found.probability, found.rank, found.entropy, found.judge):
        assert np.isnan(column).tolist() == [False] * 12 + [True]
    assert "class 'far' has no training samples: no judge was trained on it" in found.warnings


def test_one_fold_and_one_sample_each_make_a_single_judge(hand_made) -> None:  # type: ignore[no-untyped-def]
    for counts, folds in (([5, 5, 5], 1), ([1, 1, 1], 5)):
        values, labels = points(counts)
        given, view = hand_made.candidates(values, labels), hand_made.view(values, labels)
        found = judge(hand_made, given, view, folds)
        assert found.probability == pytest.approx(np.ones(len(labels)))
        assert found.accuracy is None
        assert found.warnings[0].startswith("a single judge, trained on the whole training view")


def test_accuracy_is_that_on_samples_not_trained_on(hand_made) -> None:  # type: ignore[no-untyped-def]
    values, labels = points([6, 6, 6])
    view = hand_made.view(values, labels)
    given = hand_made.candidates(values, labels)
    blind = judge(hand_made, given, view, 3)
    assert blind.accuracy == pytest.approx(1 / 3)  # of an even share, class 0 is the first of the largest
    assert "the judges classify 33.3% of 18 training samples correctly" in blind.remarks[-1]
    assert blind.warnings[-1].startswith("weak judge: 33.3% where the best constant answer has 33.3%")
    seeing = cross_fit(given, hand_made.train(), hand_made.context(), hand_made.judge, 3, None)
    assert seeing.accuracy == 1
    assert not any("weak judge" in note for note in seeing.warnings)
    task = LabelTask(model=RecallModel())
    with pytest.raises(DataError, match=r"weak judge: 33\.3%.*`if_judge_weak` is `error`"):
        cross_fit(given, view, hand_made.context(), task, 3, None, if_weak="error")


@pytest.mark.parametrize(
    ("right", "counts", "chance", "weak"),
    [
        (0.53, (100, 100), 0.5, True),  # significantly or not: a filter at chance
        (0.70, (100, 100), 0.5, False),
        (0.96, (192, 8), 0.5, True),  # always the majority: balanced accuracy is at chance
        (0.40, (20,) * 10, 0.1, False),
    ],
)
def test_judges_are_weak_by_their_chance_level(right, counts, chance, weak) -> None:  # type: ignore[no-untyped-def]
    labels = np.repeat(np.arange(len(counts)), counts)
    guessed = np.zeros_like(labels)
    if len(set(counts)) == 1:
        guessed = np.where(
            np.arange(len(labels)) % 100 < round(100 * right), labels, (labels + 1) % len(counts)
        )
    given = Samples(np.zeros((len(labels), 2), np.float32), labels)
    found = reliability(ClassificationTask(), np.eye(len(counts))[guessed], given)
    assert (found.accuracy, found.chance) == pytest.approx((right, chance), abs=1e-9)
    assert found.weak is weak
    assert 0 <= found.interval[0] <= found.score <= found.interval[1] <= 1


def test_the_order_of_the_training_view_and_of_the_candidates_decides_nothing(hand_made) -> None:  # type: ignore[no-untyped-def]
    given, view = hand_made.clouds(20, scale=3.0), hand_made.train()
    found = cross_fit(given, view, hand_made.context(), hand_made.judge, 4, None)
    order = np.random.default_rng(0).permutation(60)
    shuffled = hand_made.view(view.samples.values[order], view.samples.labels[order])
    values, labels = given.pool.samples.values[order], given.pool.labels[order]
    again = cross_fit(
        hand_made.candidates(values, labels), shuffled, hand_made.context(), hand_made.judge, 4, None
    )
    assert np.array_equal(again.judge, found.judge[order])
    assert again.probability == pytest.approx(found.probability[order], rel=1e-4)


def test_many_candidates_are_judged_block_by_block(hand_made) -> None:  # type: ignore[no-untyped-def]
    view = hand_made.train((5, 5, 5))
    given = hand_made.clouds(BATCH // 2, scale=2.0)
    found = cross_fit(given, view, hand_made.context(), hand_made.judge, 3, None)
    some = np.r_[0:5, BATCH - 3 : BATCH + 3]
    pool = given.pool.take(some)
    part = cross_fit(Candidates(pool, {}), view, hand_made.context(), hand_made.judge, 3, None)
    assert np.array_equal(part.judge, found.judge[some])
    assert part.probability == pytest.approx(found.probability[some])
    assert (part.rank == found.rank[some]).all()


def test_no_candidates_need_no_judge(hand_made) -> None:  # type: ignore[no-untyped-def]
    found = cross_fit(
        hand_made.candidates([], []),
        hand_made.train((0, 0, 0)),
        hand_made.context(),
        LabelTask(model=RecallModel()),
        5,
        None,
    )
    assert found.probability.shape == (0,)


def test_a_judge_that_says_nothing_is_refused(hand_made) -> None:  # type: ignore[no-untyped-def]
    for folds in (1, 3):
        with pytest.raises(PluginFailed, match=r"the model 'broken' returned .* 3 probabilities were "):
            cross_fit(
                hand_made.clouds(2),
                hand_made.train(),
                hand_made.context(),
                hand_made.broken_judge,
                folds,
                None,
            )


def test_an_origin_of_each_request_counts_for_its_candidates_alone(hand_made) -> None:  # type: ignore[no-untyped-def]
    values, labels = points([4, 4, 4])
    view = hand_made.view(values, labels)
    ids = [str(known) for known in view.samples.ids]
    made = hand_made.samples(values[:4], labels[:4])
    pool = Pool(
        hand_made.spec,
        made,
        tuple(Origin("g", row, sources=(ids[row],)) for row in range(4)),
        np.array([3, 2, 1, 0]),
        np.zeros(4, dtype=np.int64),
    )
    found = judge(hand_made, Candidates(pool, {}), view, 4)
    alone = judge(hand_made, hand_made.candidates(values[:4], labels[:4]), view, 4)
    assert np.array_equal(found.judge, alone.judge[::-1])


def test_candidates_with_a_source_each_are_judged_by_who_never_saw_it(hand_made) -> None:  # type: ignore[no-untyped-def]
    values, labels = points([4, 4, 4])
    view = hand_made.view(values, labels)
    origin = Origin("g", 0, sources=tuple(map(str, view.samples.ids[:4])), paired=True)
    # Copies of the sources in reverse: neither the whole request nor likeness tells who saw a source.
    position = np.array([3, 2, 1, 0])
    made = hand_made.samples(values[:4], labels[:4])
    pool = Pool(hand_made.spec, made, (origin,), np.zeros(4, dtype=np.int64), position)
    alone = judge(hand_made, hand_made.candidates(values[:4], labels[:4]), view, 4)
    assert judge(hand_made, Candidates(pool, {}), view, 4).judge.tolist() == alone.judge[position].tolist()
