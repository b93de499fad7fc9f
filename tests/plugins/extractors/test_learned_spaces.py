"""Spaces that the training view teaches: standardized values, a classifier's features, MiniRocket."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from genaug import Extractor
from genaug.data import Samples, SampleSpec, TrainView
from genaug.errors import ConfigError, DataError
from genaug.testing import Material, parametrize_with_checks
from genaug.testing.checks import checks_of
from genaug_plugins.extractors.minirocket import KERNELS, MinirocketExtractor, _dilations
from genaug_plugins.extractors.standardized import StandardizedExtractor
from genaug_plugins.extractors.task import TaskExtractor

TINY = {"use": "classification", "model": {"use": "small-cnn", "steps": 4, "width": 4}}
LEARNED = [
    StandardizedExtractor(),
    TaskExtractor(task=TINY),
    TaskExtractor(task={"use": "classification", "model": {"use": "logistic-regression"}}),
    MinirocketExtractor(features=84 * 5),
]


def view(shape: tuple[int, ...], n: int = 30, seed: int = 0, scale: float = 1.0) -> TrainView:
    spec = SampleSpec(modality="signal" if len(shape) == 2 else "vector", shape=shape, class_names=("a", "b"))
    values = scale * np.random.default_rng(seed).normal(size=(n, *shape))
    return TrainView(spec, Samples(values.astype(np.float32), np.arange(n) % 2))


@parametrize_with_checks(LEARNED)
def test_contract(component: Extractor, check: Callable[[Extractor], None]) -> None:
    check(component)


@pytest.mark.parametrize("check", checks_of(StandardizedExtractor()), ids=lambda check: check.__name__)
def test_contract_on_vectors_and_signals(check: Callable[[Extractor, Material], None]) -> None:
    check(StandardizedExtractor(), Material((6,)))
    check(TaskExtractor(task=TINY), Material((2, 32)))


@pytest.mark.parametrize("extractor", LEARNED)
def test_there_is_nothing_to_load(extractor: Extractor) -> None:
    with pytest.raises(ConfigError, match="is learned from training samples, and there are none here"):
        extractor.load(view((4, 20)).spec, "cpu")


def test_each_column_is_measured_in_its_own_spread() -> None:
    train = view((3,), n=50)
    train.samples.values[:] = train.samples.values * [1e-3, 1.0, 1e6] + [5, -3, 1e7]
    features = StandardizedExtractor().learn(train, 0, "cpu").embed(train.samples.values)
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(features.std(axis=0), 1, rtol=1e-3)


def test_a_constant_column_is_measured_in_its_own_size() -> None:
    train = view((3,), n=50)
    train.samples.values[:, 1] = 0.1  # not a sum of powers of two: its mean may be off by a last digit
    embedder = StandardizedExtractor().learn(train, 0, "cpu")
    candidate = train.samples.values[:1].copy()
    candidate[0, 1] = 0.6
    np.testing.assert_allclose(embedder.embed(candidate)[0, 1], 5, rtol=1e-5)  # (0.6 - 0.1) / 0.1
    assert embedder.record["constant_columns"] == "1"


def test_one_sample_has_no_spread() -> None:
    with pytest.raises(DataError, match="1 training samples have no spread"):
        StandardizedExtractor().learn(view((3,), n=1), 0, "cpu")


def test_a_classifiers_features_are_what_its_last_layer_reads() -> None:
    material = Material((1, 16, 16))
    train, extractor = material.train(), TaskExtractor(task=TINY)
    embedder = extractor.learn(train, 0, "cpu")
    features = embedder.embed(train.samples.values)
    assert features.shape == (18, 2 * 4 * 4 * 4)
    model = embedder._model
    with torch.inference_mode():
        p = model._module.head(torch.from_numpy(features)).softmax(1).numpy()
    np.testing.assert_allclose(p, model.predict(train.samples), atol=1e-6)
    np.testing.assert_array_equal(features, extractor.learn(train, 0, "cpu").embed(train.samples.values))
    other = extractor.learn(train, 1, "cpu").embed(train.samples.values)
    assert not np.allclose(features, other)


def test_logistic_regression_offers_its_standardized_inputs() -> None:
    train = view((5,), scale=7.0)
    task = {"use": "classification", "model": {"use": "logistic-regression"}}
    features = TaskExtractor(task=task).learn(train, 0, "cpu").embed(train.samples.values)
    expected = StandardizedExtractor().learn(train, 0, "cpu").embed(train.samples.values)
    np.testing.assert_allclose(features, expected, atol=1e-5)


def test_what_the_task_cannot_read_is_refused_early() -> None:
    with pytest.raises(DataError, match="small-cnn accepts images and signals"):
        TaskExtractor(task=TINY).check_usable(view((5,)).spec)


def test_minirocket_is_the_papers_formula() -> None:
    """Compute some features one by one, by loops, as the paper writes them."""
    train = view((1, 40), n=12)
    embedder = MinirocketExtractor(features=84 * 4).learn(train, 0, "cpu")
    values = view((1, 40), n=2, seed=1).samples.values
    found = embedder.embed(values)
    assert found.shape == (2, 84 * 4)
    column = 0
    for number, (dilation, _, biases) in enumerate(embedder._parts):
        for feature in range(biases.shape[1]):
            for kernel in (0, 1, 41, 83):
                weights = [2.0 if tap in KERNELS[kernel] else -1.0 for tap in range(9)]
                x, margin = values[1, 0].astype(np.float64), 4 * dilation
                padded = (kernel + number) % 2 == 0
                times = range(40) if padded else range(margin, 40 - margin)
                hits = 0
                for t in times:
                    at = [t + (tap - 4) * dilation for tap in range(9)]
                    total = sum(w * x[i] for w, i in zip(weights, at, strict=True) if 0 <= i < 40)
                    hits += total > float(biases[kernel, feature])
                assert found[1, column + kernel] == pytest.approx(hits / len(times), abs=1e-6)
            column += 84
    assert column == 84 * 4


@pytest.mark.parametrize(("length", "per_kernel"), [(9, 1), (9, 119), (40, 4), (500, 119), (5000, 40)])
def test_dilations_span_the_signal_and_share_the_features(length: int, per_kernel: int) -> None:
    found = _dilations(length, per_kernel)
    dilations = [dilation for dilation, _ in found]
    assert dilations == sorted(set(dilations))
    assert dilations[0] == 1
    assert 8 * dilations[-1] <= length - 1
    assert sum(features for _, features in found) == per_kernel
    assert all(features >= 1 for _, features in found)


def test_thresholds_are_quantiles_of_training_signals() -> None:
    train = view((1, 60), n=40)
    embedder = MinirocketExtractor().learn(train, 0, "cpu")
    shares = embedder.embed(train.samples.values)
    assert shares.min() >= 0
    assert shares.max() <= 1
    assert shares.mean() == pytest.approx(0.5, abs=0.03)
    loud = embedder.embed(10 * train.samples.values)  # the same signals, beyond most thresholds
    assert np.abs(shares - loud).mean() > 0.1


def test_minirocket_tells_frequencies_apart_where_values_do_not() -> None:
    t, rng = np.arange(100), np.random.default_rng(0)
    labels = np.arange(60) % 2
    waves = [np.sin(t * (0.2 + 0.1 * label) + rng.uniform(0, 6.3)) for label in labels]
    spec = view((1, 100)).spec
    samples = Samples(np.stack(waves)[:, None].astype(np.float32), labels)
    features = MinirocketExtractor().learn(TrainView(spec, samples), 0, "cpu").embed(samples.values)

    def right(table: np.ndarray) -> float:
        distances = ((table[:, None] - table[None]) ** 2).sum(axis=2) + np.diag(np.full(60, np.inf))
        return float((labels[distances.argmin(axis=1)] == labels).mean())

    assert right(features.astype(np.float64)) > 0.95


@pytest.mark.parametrize("channels", [2, 12])
def test_several_channels_are_added_up(channels: int) -> None:
    train = view((channels, 30))
    embedder = MinirocketExtractor(features=84).learn(train, 3, "cpu")
    seen = (embedder._parts[0][1].abs().sum(dim=2) > 0).sum(dim=1)
    assert int(seen.min()) >= 1
    assert int(seen.max()) <= min(channels, 9)
    assert len(seen.unique()) > 1
    one, other = (MinirocketExtractor(features=84).learn(train, seed, "cpu") for seed in (3, 4))
    values = train.samples.values
    np.testing.assert_array_equal(one.embed(values), embedder.embed(values))
    assert not np.array_equal(other.embed(values), embedder.embed(values))


def test_signals_too_short_are_refused() -> None:
    with pytest.raises(DataError, match="convolves 9 values at a time, but these signals have 8"):
        MinirocketExtractor().check_usable(view((1, 8)).spec)
