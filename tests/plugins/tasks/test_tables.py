"""Ridge and gradient boosting, on data made here."""

import numpy as np
import pytest
from sklearn.datasets import load_wine
from threadpoolctl import threadpool_limits

from genaug.data import Samples, SampleSpec
from genaug.errors import DataError
from genaug_plugins.extractors.minirocket import MinirocketExtractor
from genaug_plugins.models.calibrated_ridge import left_out_values
from genaug_plugins.tasks.classification import ClassificationTask


def wine() -> tuple[SampleSpec, Samples, Samples]:
    values, labels = load_wine(return_X_y=True)
    samples = Samples(values.astype(np.float32), labels.astype(np.int64))
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.permutation(np.flatnonzero(labels == c))[:15] for c in range(3)])
    spec = SampleSpec(modality="vector", shape=(13,), class_names=tuple("abc"), value_range=None)
    return spec, samples.take(rows), samples.take(np.setdiff1d(np.arange(len(labels)), rows))


def tones(count: int, seed: int) -> Samples:
    """Return noisy tones of 4, 5 or 6 periods, at any phase."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    turns = (4 + labels)[:, None] / 64 * np.arange(64) + rng.random((count, 1))
    values = np.sin(2 * np.pi * turns) + rng.normal(0, 0.5, (count, 64))
    return Samples(values[:, None].astype(np.float32), labels.astype(np.int64))


def task_of(model: str = "auto", **settings: object) -> ClassificationTask:
    return ClassificationTask.model_validate({"model": {"use": model, **settings}})


TONES = SampleSpec(modality="signal", shape=(1, 64), class_names=tuple("abc"), value_range=None)


@pytest.mark.parametrize(
    ("settings", "at_least"),
    [({"use": "ridge"}, 0.9), ({"use": "gradient-boosting", "iterations": 30}, 0.8)],
)
def test_columns_of_a_table_are_learned(settings: dict[str, object], at_least: float) -> None:
    spec, train, test = wine()
    task = ClassificationTask.model_validate({"model": settings})
    found = task.fit(spec, train, 0, "cpu").predict(test)
    np.testing.assert_allclose(found.sum(1), 1)
    assert (found.argmax(1) == test.labels).mean() > at_least
    assert np.array_equal(found, task.fit(spec, train, 0, "cpu").predict(test))


def test_minirocket_and_ridge_tell_tones_apart_that_values_do_not() -> None:
    test = tones(150, seed=1)

    def accuracy(task: ClassificationTask) -> float:
        found = task.fit(TONES, tones(30, seed=0), 0, "cpu").predict(test)
        return float((found.argmax(1) == test.labels).mean())

    assert accuracy(task_of("ridge", extractor=MinirocketExtractor(features=504))) > 0.9
    assert accuracy(task_of("ridge")) < 0.6


def test_what_an_extractor_learns_comes_from_the_seed() -> None:
    task = task_of("ridge", extractor=MinirocketExtractor(features=84))
    first, again, other = (
        task.fit(TONES, tones(30, seed=0), seed, "cpu").predict(tones(9, seed=1)) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("balance", [True, False])
def test_leave_one_out_needs_no_refitting(balance: bool) -> None:
    rng = np.random.default_rng(0)
    labels = np.array([0] * 8 + [1] * 4 + [2] * 6)
    table = rng.normal(size=(18, 5)) + labels[:, None]
    weights = (18 / (3 * np.bincount(labels)))[labels] if balance else np.ones(18)
    targets = 2.0 * np.eye(3)[labels] - 1

    def values(rows: np.ndarray) -> np.ndarray:
        inputs, w = np.c_[table[rows], np.ones(len(rows))], weights[rows, None]
        penalty = np.diag([2.5] * 5 + [0])  # the intercept is free
        return np.c_[table, np.ones(18)] @ np.linalg.solve(
            inputs.T @ (w * inputs) + penalty, inputs.T @ (w * targets[rows])
        )

    everyone = np.arange(18)
    found = left_out_values(table, labels, values(everyone), weights, 2.5)
    for row in everyone:
        np.testing.assert_allclose(found[row], values(everyone[everyone != row])[row])


def test_ridge_is_as_sure_as_it_is_right() -> None:
    spec, train, test = wine()
    found = task_of("ridge").fit(spec, train, 0, "cpu").predict(test)
    loss = -np.log(found[np.arange(len(test)), test.labels]).mean()
    sure = found.max(1).mean()
    assert loss < 0.35
    assert abs(sure - (found.argmax(1) == test.labels).mean()) < 0.1


def test_ridge_finds_a_scale_where_nothing_is_told_apart() -> None:
    rng = np.random.default_rng(0)
    samples = Samples(rng.normal(size=(40, 6)).astype(np.float32), np.arange(40) % 2)
    spec = SampleSpec(modality="vector", shape=(6,), class_names=("a", "b"), value_range=None)
    found = task_of("ridge").fit(spec, samples, 0, "cpu").predict(samples)
    assert found.max() < 0.9


def test_a_rare_class_counts_as_much_as_a_frequent_one() -> None:
    rng = np.random.default_rng(0)
    labels = np.array([0] * 90 + [1] * 8)
    values = rng.normal(size=(98, 2)) + 0.8 * labels[:, None]
    samples = Samples(values.astype(np.float32), labels)
    spec = SampleSpec(modality="vector", shape=(2,), class_names=("a", "b"), value_range=None)
    for settings in ({"use": "ridge"}, {"use": "gradient-boosting", "iterations": 3}):
        told = [
            ClassificationTask.model_validate({"model": settings | {"balance": balance}})
            .fit(spec, samples, 0, "cpu")
            .predict(samples)
            .argmax(1)
            .sum()
            for balance in (True, False)
        ]
        assert told[0] > told[1] + 5, settings


def test_boosting_is_the_same_with_any_number_of_threads() -> None:
    spec, train, test = wine()
    task = task_of("gradient-boosting", iterations=5)
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            found.append(task.fit(spec, train, 0, "cpu").predict(test))
    assert np.array_equal(*found)


def test_boosting_takes_as_many_iterations_whatever_it_learns() -> None:
    spec, train, test = wine()
    first, second = (
        task_of("gradient-boosting", iterations=n).fit(spec, train, 0, "cpu").predict(test) for n in (40, 41)
    )
    assert not np.array_equal(first, second)  # an early stop would leave them equal
    assert task_of("gradient-boosting").fit(spec, train, 0, "cpu").features(test) is None


@pytest.mark.parametrize("model", ["logistic-regression", "ridge", "gradient-boosting"])
def test_what_learns_all_at_once_cannot_be_pretrained(model: str) -> None:
    spec, train, _ = wine()
    with pytest.raises(DataError, match=f"the model '{model}' learns all its samples at once"):
        task_of(model).fit_sequence(spec, [train, train], 0, "cpu")
