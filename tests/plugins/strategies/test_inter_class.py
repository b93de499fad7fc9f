"""Samples between two classes: pairs, strengths and soft labels."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, Field

from genaug import Pipeline
from genaug.contracts import StrategyPlace
from genaug.data import Confusion, DataFacts, Request, Samples, SampleSpec, TrainView
from genaug.data.split import Split
from genaug.errors import DataError
from genaug.stages import generate
from genaug.testing import Material
from genaug.testing.formula_sampler import FormulaSampler
from genaug_plugins import GaussianGenerator, JitterGenerator
from genaug_plugins.strategies.inter_class import InterClassStrategy
from genaug_plugins.tasks.classification import ClassificationTask

SPEC = SampleSpec(modality="vector", shape=(3,), class_names=("a", "b", "far"))
LABELS = np.repeat([0, 1, 2], [3, 4, 5]).astype(np.int64)
VALUES = (np.array([0, 1, 9])[LABELS][:, None] + np.random.default_rng(0).random((12, 3)) * 0.1).astype(
    np.float32
)
VIEW = TrainView(SPEC, Samples(VALUES, LABELS))
ABLE = frozenset({"class-conditional", "latent", "encode", "image-to-image"})


def requests(capabilities: frozenset[str] = ABLE, confused: Any = None, **settings: Any) -> list[Request]:
    strategy = InterClassStrategy.model_validate(settings)
    context = replace(Material().context(), confused=confused)
    sampler = FormulaSampler(SPEC, capabilities)
    return list(strategy.requests(VIEW, sampler, np.random.default_rng(0), context))


def classes_of(request: Request) -> set[int]:
    where = {str(one): int(label) for one, label in zip(VIEW.samples.ids, LABELS, strict=True)}
    return {where[one] for one in request.sources}


def test_a_sample_starts_from_one_class_and_is_asked_of_the_other() -> None:
    found = requests(add=12, strengths=[0.3, 0.8])
    for request in found:
        assert request.soft_label is not None
        strength = request.options["strength"]
        (start,) = classes_of(request)
        assert start != request.label
        assert request.soft_label[request.label] == pytest.approx(strength)
        assert request.soft_label[start] == pytest.approx(1 - float(strength))  # type: ignore[arg-type]
    made = np.zeros(3, dtype=int)
    for request in found:
        made[request.made_label] += request.count
    assert made.tolist() == [12, 12, 12]  # counted by the larger share
    strengths = {s: sum(r.count for r in found if r.options["strength"] == s) for s in (0.3, 0.8)}
    assert strengths == {0.3: 18, 0.8: 18}


@pytest.mark.parametrize(("gamma", "share"), [(1.0, 0.25), (0.5, 0.5), (2.0, 0.0625)])
def test_gamma_is_the_exponent_of_the_strength(gamma: float, share: float) -> None:
    for request in requests(add=4, strengths=[0.25], gamma=gamma):
        assert request.soft_label is not None
        assert request.soft_label[request.label] == pytest.approx(share)
        assert sum(request.soft_label) == pytest.approx(1)


def test_latents_lie_between_those_of_both_sources() -> None:
    sampler = FormulaSampler(SPEC, ABLE)
    encoded = dict(zip(VIEW.samples.ids.tolist(), sampler.encode(VIEW.samples), strict=True))
    for request in requests(add=6, way="latent", strengths=[0.25]):
        assert request.latents is not None
        assert len(request.sources) == 2 * request.count
        for row, latent in enumerate(request.latents):
            a, b = (encoded[one] for one in request.sources[2 * row : 2 * row + 2])
            assert np.allclose(latent, 0.75 * a + 0.25 * b, atol=1e-5)
        assert request.label == request.made_label
        assert "strength" not in request.options


def test_the_nearest_class_is_that_with_the_nearest_mean() -> None:
    pairs = {frozenset({*classes_of(r), r.label}) for r in requests(add=9, pairs="nearest")}
    assert pairs == {frozenset({0, 1}), frozenset({1, 2})}  # b is the nearest of `far`


def test_confused_classes_are_paired_as_often_as_they_are_confused() -> None:
    predicted = LABELS.copy()
    predicted[0] = 2  # one of a is taken for `far`; b is never confused, and is paired with both
    probabilities = np.eye(3)[predicted]
    confusion = Confusion(SPEC.class_names, VIEW.samples.ids, LABELS, probabilities, LABELS * 0)
    found = requests(add=30, pairs="confused", confused=lambda: confusion)
    pairs = {(r.made_label, *({*classes_of(r), r.label} - {r.made_label})) for r in found}
    assert pairs == {(0, 2), (2, 0), (1, 0), (1, 2)}
    assert InterClassStrategy(add=1, pairs="confused").reads_confusion
    assert not InterClassStrategy(add=1).reads_confusion


def test_a_prompt_names_the_class_to_go_to() -> None:
    able = frozenset({"prompt", "image-to-image"})
    for request in requests(able, add=2):
        assert request.prompt == f"a photo of a {SPEC.class_names[request.label]}"
    assert all(r.prompt is None for r in requests(able, add=2, prompt=None))
    assert all(r.prompt is None for r in requests(add=2))


class Strength(BaseModel):
    strength: float = Field(default=0.5, gt=0, le=0.9)


def test_pairs_that_cannot_work_are_refused_when_the_config_is_read() -> None:
    strategy, task = InterClassStrategy(add=1), ClassificationTask()
    with pytest.raises(
        ValueError, match=r"needs image-to-image for `way: image-to-image`, and the .*'gaussian'"
    ):
        generate.check_place(strategy, GaussianGenerator(), task)
    with pytest.raises(
        ValueError, match="asks the generator 'jitter' for the options strength, and it has none"
    ):
        generate.check_place(strategy, JitterGenerator(), task)
    with pytest.raises(ValueError, match="can be told none: it offers image-to-image"):
        strategy.check_place(StrategyPlace("x", frozenset({"image-to-image"}), Strength))
    with pytest.raises(ValueError, match="soft labels, and the task 'area' predicts targets"):
        strategy.check_place(StrategyPlace("x", ABLE, Strength, "area", "targets"))
    generate.check_place(InterClassStrategy(add=1, way="latent"), GaussianGenerator(), task)


def test_data_that_cannot_work_are_refused_before_anything_is_learned() -> None:
    one = SampleSpec(modality="vector", shape=(3,), class_names=("only",))
    with pytest.raises(DataError, match="from one class to another, and the data have only 'only'"):
        InterClassStrategy(add=1).check_usable(one)
    counts = np.array([3, 0, 2])
    with pytest.raises(DataError, match="class 'b' has no training sample to start from"):
        InterClassStrategy(add=1).check_data(DataFacts(SPEC, Split(), counts, counts, counts))


@pytest.mark.filterwarnings("default")
def test_a_run_judges_soft_labels(tmp_path: Any) -> None:
    run = Pipeline(
        source={"use": "gaussian-mixture", "per_class": 30},
        split={"train_per_class": 8, "validation_per_class": 4, "test_per_class": 10},
        generator={"use": "gaussian"},
        strategy={"use": "inter-class", "add": 6, "way": "latent", "strengths": [0.4]},
        task={"use": "classification", "model": {"use": "logistic-regression"}},
        validators=[{"use": "downstream", "seeds": 3}],
        exporters=[{"use": "hugging-face"}],
        hooks=[],
    ).run(tmp_path)
    soft = run.selected.samples.soft_labels
    assert soft is not None
    assert np.allclose(np.sort(soft, axis=1)[:, -2:], [0.4, 0.6])
    assert run.verdict is not None
    assert not any("soft labels" in warning for one in run.findings for warning in one.warnings)
