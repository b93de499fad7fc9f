"""The classification task, on digits and on data made here."""

from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from sklearn.datasets import load_digits

from genaug.adapters.torch_training import Schedule, _augmented, _order
from genaug.contracts import Embedder, Extractor
from genaug.data import Samples, SampleSpec
from genaug.errors import DataError, TrainingDiverged
from genaug_plugins.tasks.classification import ClassificationTask

DIGITS = SampleSpec(
    modality="image", shape=(1, 8, 8), class_names=tuple("0123456789"), value_range=(-1.0, 1.0)
)


SETTINGS = {
    "small-cnn": {"steps": 10, "width": 8},
    "timm": {"steps": 10, "batch_size": 8, "network": "test_resnet", "weights": "none"},
    "gradient-boosting": {"iterations": 10},
}
MODELS = ("small-cnn", "timm", "logistic-regression", "ridge", "gradient-boosting")


def task_of(model: str = "auto", **settings: object) -> ClassificationTask:
    return ClassificationTask.model_validate({"model": {"use": model, **settings}})


def digits(per_class: int) -> tuple[Samples, Samples]:
    values, labels = load_digits(return_X_y=True)
    samples = Samples((values / 8 - 1).astype(np.float32).reshape(-1, 1, 8, 8), labels.astype(np.int64))
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.permutation(np.flatnonzero(labels == c))[:per_class] for c in range(10)])
    return samples.take(rows), samples.take(np.setdiff1d(np.arange(len(labels)), rows))


def noise(shape: tuple[int, ...], labels: list[int], seed: int = 0) -> Samples:
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 0.3, (len(labels), *shape)) + 0.5 * np.array(labels).reshape(-1, *[1] * len(shape))
    return Samples(values.astype(np.float32), np.array(labels, dtype=np.int64))


def spec_of(modality: str, shape: tuple[int, ...], classes: int = 2) -> SampleSpec:
    value_range = (-1.0, 1.0) if modality == "image" else None
    return SampleSpec(
        modality=modality, shape=shape, class_names=tuple("abc"[:classes]), value_range=value_range
    )


@pytest.mark.parametrize(("model", "at_least"), [("auto", 0.9), ("logistic-regression", 0.85)])
def test_ten_digits_a_class_give_a_strong_baseline(model: str, at_least: float) -> None:
    train, test = digits(10)
    settings = {"network": {"use": "small-cnn", "steps": 100}} if model == "auto" else {}
    task = task_of(model, **settings)
    probabilities = task.fit(DIGITS, train, 0, "cpu").predict(test)
    assert probabilities.shape == (1697, 10)
    assert probabilities.dtype == np.float64
    np.testing.assert_allclose(probabilities.sum(1), 1)
    assert (probabilities.argmax(1) == test.labels).mean() > at_least


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 9, 17), (4, 33, 20), (3, 70, 70), (1, 8, 200)])
def test_images_of_any_size_are_read(shape: tuple[int, ...]) -> None:
    task = task_of("small-cnn", steps=12, batch_size=8, width=8)
    training = noise(shape, [0, 1] * 8)
    model = task.fit(spec_of("image", shape), training, 0, "cpu")
    held_out = noise(shape, [0, 1] * 4, seed=1)
    assert (model.predict(held_out).argmax(1) == held_out.labels).mean() >= 0.75
    assert model.predict(held_out.take(np.array([], dtype=np.int64))).shape == (0, 2)


@pytest.mark.parametrize(("modality", "shape"), [("signal", (2, 100)), ("signal", (1, 5)), ("vector", (6,))])
def test_signals_and_vectors_are_read(modality: str, shape: tuple[int, ...]) -> None:
    network = {"use": "small-cnn", "steps": 12, "batch_size": 8, "width": 8}
    model = task_of("auto", network=network).fit(
        spec_of(modality, shape), noise(shape, [0, 1] * 20), 0, "cpu"
    )
    held_out = noise(shape, [0, 1] * 20, seed=1)
    assert (model.predict(held_out).argmax(1) == held_out.labels).mean() > 0.8


@pytest.mark.parametrize("width", [4, 5, 24, 72])
def test_a_network_of_any_width_is_made(width: int) -> None:
    task = task_of("small-cnn", steps=2, batch_size=4, width=width)
    model = task.fit(spec_of("image", (1, 8, 8)), noise((1, 8, 8), [0, 1] * 4), 0, "cpu")
    assert np.isfinite(model.predict(noise((1, 8, 8), [0, 1]))).all()


@pytest.mark.parametrize("augment", ["none", "shift-and-flip"])
def test_same_seed_same_bits_and_the_global_state_is_left_alone(augment: str) -> None:
    train, test = digits(3)
    task = task_of("small-cnn", steps=10, width=8, augment=augment)
    before = torch.get_rng_state()
    first, again, other = (task.fit(DIGITS, train, seed, "cpu").predict(test) for seed in (1, 1, 2))
    assert torch.equal(before, torch.get_rng_state())
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_one_prediction_does_not_depend_on_the_samples_beside_it() -> None:
    train, test = digits(3)
    model = task_of("small-cnn", steps=5, width=8).fit(DIGITS, train, 0, "cpu")
    alone = np.concatenate([model.predict(test.take(np.array([i]))) for i in range(5)])
    np.testing.assert_allclose(alone, model.predict(test)[:5], atol=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_a_class_without_training_samples_keeps_its_column(model: str) -> None:
    task = task_of(model, **SETTINGS.get(model, {}))
    fitted = task.fit(spec_of("image", (1, 8, 8), 3), noise((1, 8, 8), [0, 2] * 6), 0, "cpu")
    probabilities = fitted.predict(noise((1, 8, 8), [0, 1, 2]))
    assert probabilities.shape == (3, 3)
    assert (probabilities[:, 1] < 0.5).all()
    np.testing.assert_allclose(probabilities.sum(1), 1)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("labels", [[1, 1, 1], []])
def test_a_single_class_is_refused(model: str, labels: list[int]) -> None:
    with pytest.raises(DataError, match="at least two classes.*'b'" if labels else "found none"):
        task_of(model).fit(spec_of("image", (1, 8, 8)), noise((1, 8, 8), labels), 0, "cpu")


def test_what_a_model_cannot_read_is_refused() -> None:
    with pytest.raises(DataError, match="use: logistic-regression"):
        task_of("small-cnn").fit(spec_of("vector", (6,)), noise((6,), [0, 1]), 0, "cpu")
    with pytest.raises(DataError, match="set augment: none"):
        task_of("small-cnn", augment="shift").fit(
            spec_of("signal", (1, 20)), noise((1, 20), [0, 1]), 0, "cpu"
        )
    with pytest.raises(ValidationError, match="extractor"):
        task_of("small-cnn", extractor=MeanExtractor())
    with pytest.raises(DataError, match="reads image samples, not vector samples"):
        task_of("ridge", extractor=MeanExtractor()).fit(
            spec_of("vector", (6,)), noise((6,), [0, 1]), 0, "cpu"
        )


def test_a_loss_that_diverges_names_what_to_lower() -> None:
    training = noise((1, 8, 8), [0, 1] * 4)
    training.values[0] = np.inf
    with pytest.raises(TrainingDiverged, match="lower learning_rate"), np.errstate(invalid="ignore"):
        task_of("small-cnn", steps=2).fit(spec_of("image", (1, 8, 8)), training, 0, "cpu")


class MeanEmbedder(Embedder):
    record = {}
    batch_size = 4

    def embed(self, values: np.ndarray) -> np.ndarray:
        assert len(values) == self.batch_size
        return values.mean(axis=(2, 3))


class MeanExtractor(Extractor):
    name = "mean"
    modalities = frozenset({"image"})

    def load(self, spec: SampleSpec, device: str) -> Embedder:
        return MeanEmbedder()


def test_logistic_regression_reads_the_features_of_an_extractor() -> None:
    task = task_of("logistic-regression", extractor=MeanExtractor())
    model = task.fit(spec_of("image", (2, 8, 8)), noise((2, 8, 8), [0, 1] * 5), 0, "cpu")
    held_out = noise((2, 8, 8), [0, 1, 1], seed=1)
    assert model.predict(held_out).argmax(1).tolist() == [0, 1, 1]


def schedule(**changes: object) -> Schedule:
    settings = {"steps": 10, "batch_size": 6, "learning_rate": 1e-3, "weight_decay": 0, "label_smoothing": 0}
    return Schedule(**{**settings, "balance": True, "shift": False, "flip": False, **changes})  # type: ignore[arg-type]


def test_rare_classes_are_repeated_until_each_class_is_seen_equally_often() -> None:
    labels = np.array([0] * 15 + [1] * 2)
    balanced = labels[_order(labels, 10, schedule(), np.random.default_rng(0))]
    assert balanced.shape == (10, 6)
    assert balanced.mean() == 0.5
    as_they_are = _order(labels, 17, schedule(balance=False, batch_size=2), np.random.default_rng(0))
    assert np.bincount(as_they_are.ravel()).tolist() == [2] * 17


def test_augmentation_moves_images_by_an_eighth_at_most() -> None:
    image = torch.zeros(1, 1, 16, 16)
    image[..., 8, 4] = 1.0
    batch = _augmented(image.repeat(200, 1, 1, 1), schedule(shift=True), np.random.default_rng(0))
    _, _, rows, columns = torch.nonzero(batch, as_tuple=True)
    assert batch.sum() == 200
    assert set(rows.tolist()) == set(range(6, 11))
    assert set(columns.tolist()) == set(range(2, 7))
    flipped = _augmented(image.repeat(50, 1, 1, 1), schedule(flip=True), np.random.default_rng(0))
    assert set(torch.nonzero(flipped)[:, 3].tolist()) == {4, 11}


@pytest.mark.parametrize("model", ["auto", *MODELS])
def test_a_dumped_task_is_read_again(model: str) -> None:
    task = task_of(model, **SETTINGS.get(model, {}))
    dumped = task.model_dump(mode="json")
    assert dumped.pop("use") == "classification"
    assert ClassificationTask.model_validate(dumped) == task


def test_a_file_of_weights_is_what_results_depend_on(tmp_path: Path) -> None:
    task = task_of("timm", weights=tmp_path / "w.safetensors")
    assert task.model.reads() == (tmp_path / "w.safetensors",)
    dumped = task.model_dump(mode="json")
    assert dumped.pop("use") == "classification"
    assert ClassificationTask.model_validate(dumped) == task
    assert task_of("timm", weights="none").model.reads() == ()
