"""The generator diffusion: what its samples are, what it refuses, where it starts."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file

from genaug import Context
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.errors import DataError, MissingWeights
from genaug.hooks import open_hooks
from genaug.testing.companions import MemoryCheckpoint
from genaug_plugins.generators.diffusion.augmentation import Augmentation
from genaug_plugins.generators.diffusion.config import DiffusionConfig
from genaug_plugins.generators.diffusion.diffusion import DiffusionGenerator
from genaug_plugins.generators.diffusion.files import WEIGHTS
from genaug_plugins.generators.diffusion.residual_mlp import ResidualMlp
from genaug_plugins.generators.diffusion.sampler import DiffusionSampler

CONTEXT = Context(0, "cpu", open_hooks([]), cast(Any, None), cast(Any, None), MemoryCheckpoint())
TINY = {"width": 8, "resolutions": 2, "steps": 3, "batch_size": 4, "sampling_steps": 4}


def view(shape: tuple[int, ...], count: int = 6, classes: int = 2, seed: int = 0) -> TrainView:
    modality = {1: "vector", 2: "signal", 3: "image"}[len(shape)]
    spec = SampleSpec(
        modality=modality,
        shape=shape,
        class_names=tuple("abcdef"[:classes]),
        value_range=(-1, 1) if modality == "image" else None,
    )
    values = np.random.default_rng(seed).uniform(-1, 1, (count, *shape)).astype(np.float32)
    return TrainView(spec, Samples(values, np.arange(count, dtype=np.int64) % classes))


def fitted(train: TrainView, **settings: Any) -> DiffusionSampler:
    context = Context(0, "cpu", open_hooks([]), cast(Any, None), cast(Any, None), MemoryCheckpoint())
    return DiffusionGenerator.model_validate(TINY | settings).fit(train, context)


def drawn(sampler: DiffusionSampler, request: Request, seed: int = 0) -> np.ndarray:
    return sampler.draw(request, np.random.default_rng(seed)).values


def from_source(train: TrainView, row: int, **more: Any) -> Request:
    source = train.samples.take(np.array([row]))
    options = more.pop("options", {})
    return Request(0, 3, sources=(str(source.ids[0]),), source_samples=source, options=options, **more)


@pytest.mark.parametrize("formulation", ["flow", "edm", "ddpm"])
def test_sources_latents_masks_and_batches(formulation: str) -> None:
    train = view((2, 16))
    sampler = fitted(train, formulation=formulation)
    sources = train.samples.values

    near = drawn(sampler, from_source(train, 1, options={"strength": 0.001}))
    assert np.abs(near - sources[1]).max() < 0.02
    far = [drawn(sampler, from_source(train, row, options={"strength": 1.0})) for row in (1, 2)]
    np.testing.assert_array_equal(*far)
    half = [drawn(sampler, from_source(train, row, options={"strength": 0.5})) for row in (1, 2)]
    assert not np.allclose(*half)

    mask = np.zeros((1, 16), dtype=np.bool_)
    mask[:, 5:9] = True
    for options in ({"strength": 1.0}, {"strength": 0.4, "repeats": 2}, {"stochastic": 1.0}):
        made = drawn(sampler, from_source(train, 1, mask=mask, options=options))
        np.testing.assert_array_equal(made[..., ~mask[0]], np.stack([sources[1]] * 3)[..., ~mask[0]])
        assert not np.isclose(made[..., mask[0]], sources[1][..., mask[0]]).all()

    latents = np.random.default_rng(5).standard_normal((3, 32), dtype=np.float32)
    same = [drawn(sampler, Request(1, 3, latents=latents), seed) for seed in (0, 1)]
    np.testing.assert_array_equal(*same)

    lineage = {"sources": ("x", "y"), "source_samples": train.samples.take(np.arange(2))}
    np.testing.assert_array_equal(drawn(sampler, Request(1, 3, latents=latents, **lineage)), same[0])

    codes = sampler.encode(train.samples)
    again = sampler.draw(Request(1, 2, latents=codes[[1, 3]], options={"steps": 8}), np.random.default_rng(0))
    away = np.abs(again.values - sources[[1, 3]]).mean(), np.abs(again.values - sources[[0, 2]]).mean()
    assert away[0] < away[1] / 2

    options = {"stochastic": 0.5, "guidance": 2.0}
    requests = [
        Request(1, 5, options=options),
        Request(0, 3, sources=("x",) * 3, source_samples=train.samples.take(np.arange(3)), paired=True),
    ]
    for request in requests:
        whole = drawn(sampler, request)
        sampler._batches.size = 2
        parts = list(sampler.sample(request, np.random.default_rng(0)))
        sampler._batches.size = 64
        assert [len(part) for part in parts][:1] == [2]
        np.testing.assert_allclose(Samples.join(parts).values, whole, atol=1e-5)
        assert not np.allclose(whole, drawn(sampler, request, seed=1))


@pytest.mark.parametrize(
    ("shape", "more"),
    [
        ((1, 17, 23), {"patch": 1, "resolutions": 3, "attention": True}),
        ((4, 9, 5), {"patch": 2, "augment": 0.5}),
        ((3, 1, 1), {"patch": 2}),
        ((1, 17), {"augment": 0.5, "resolutions": 3}),
        ((3, 1), {"attention": True}),
        ((1,), {}),
        ((7,), {"width": 12}),
    ],
)
@pytest.mark.parametrize("formulation", ["flow", "edm"])
def test_any_size_one_class_three_samples_constant_columns(
    shape: tuple[int, ...], more: dict[str, Any], formulation: str
) -> None:
    train = view(shape, count=3, classes=1)
    train.samples.values[:, 0] = 0.25
    made = fitted(train, formulation=formulation, **more).draw(Request(0, 2), np.random.default_rng(0))
    train.spec.check_values(made.values)
    if len(shape) < 3:
        np.testing.assert_allclose(made.values[:, 0], 0.25, atol=1e-6)


def test_it_learns_two_gaussians() -> None:
    """Means and spreads of two classes in units that are far apart; a part of a batch at a time."""
    spec = SampleSpec(modality="vector", shape=(2,), class_names=("a", "b"))
    rng = np.random.default_rng(0)
    labels = np.arange(400, dtype=np.int64) % 2
    unit = rng.standard_normal((400, 2)) * [0.5, 1.0] + np.where(labels, 1, -1)[:, None] * [2.0, 0.0]
    train = TrainView(spec, Samples((unit * [1000, 1e-3] + [0, 5]).astype(np.float32), labels))
    settings = {"width": 32, "steps": 500, "batch_size": 128, "sampling_steps": 12, "learning_rate": 3e-3}
    sampler = fitted(train, **settings, accumulate=2)
    assert sampler.history["loss"][-1] < sampler.history["loss"][0]
    for label, sign in ((0, -1), (1, 1)):
        made = (drawn(sampler, Request(label, 400)) - [0, 5]) / [1000, 1e-3]
        np.testing.assert_allclose(made.mean(axis=0), [2 * sign, 0], atol=0.3)
        np.testing.assert_allclose(made.std(axis=0), [0.5, 1], atol=0.25)
    guided = drawn(sampler, Request(1, 200, options={"guidance": 3.0}))[:, 0] / 1000
    assert guided.mean() > 2


def test_what_cannot_be_sampled_is_refused() -> None:
    train = view((3,))
    sampler = fitted(train, class_dropout=0.0)
    with pytest.raises(DataError, match="guidance 2 needs a model that also learned samples without"):
        sampler.draw(Request(0, 1, options={"guidance": 2.0}), np.random.default_rng(0))
    only = TrainView(train.spec, train.samples.take(np.array([0, 2])))
    with pytest.raises(DataError, match="class 'b' cannot be sampled: it had no training samples"):
        fitted(only).draw(Request(1, 1), np.random.default_rng(0))
    with pytest.raises(DataError, match="training view is empty"):
        fitted(TrainView(train.spec, train.samples.take(np.zeros(0, dtype=np.int64))))
    with pytest.raises(ValidationError, match="set class_dropout"):
        DiffusionGenerator(guidance=2.0, class_dropout=0.0)


def test_it_starts_from_another_fit(tmp_path: Path) -> None:
    train = view((6,))
    fitted(train).save(tmp_path)
    saved = load_file(tmp_path / WEIGHTS)
    still = fitted(train, start=tmp_path, learning_rate=1e-12)
    for name, weight in still._network.state_dict().items():
        torch.testing.assert_close(weight, saved[name], atol=1e-6, rtol=0)
    other = fitted(view((6,), classes=3), start=tmp_path)
    assert "condition.classes.weight" in other.warnings[0]
    with pytest.raises(DataError, match="trained with formulation 'flow'"):
        fitted(train, start=tmp_path, formulation="edm")
    with pytest.raises(DataError, match="less than half of its weights"):
        fitted(train, start=tmp_path, width=16)
    with pytest.raises(MissingWeights, match="name the folder of a fitted diffusion model"):
        fitted(train, start=tmp_path / "nothing")


def test_augmentations_are_told_exactly() -> None:
    """A mirror is a flip, a shift moves pixels, an unchanged sample is the same to the bit."""
    values = torch.rand(400, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    changed, told = Augmentation(0.3, "image")(values, torch.Generator().manual_seed(1))
    still = (told == 0).all(dim=1)
    assert 0.02 < float(still.float().mean()) < 0.4
    assert torch.equal(changed[still], values[still])
    others = told.clone()
    for column, dim in ((0, 3), (1, 2)):
        only = (others[:, column] == 1) & (others.abs().sum(dim=1) == 1)
        assert only.any()
        torch.testing.assert_close(changed[only], values[only].flip(dim), atol=1e-5, rtol=0)
    signal = torch.rand(200, 2, 10, generator=torch.Generator().manual_seed(0))
    changed, told = Augmentation(0.5, "signal")(signal, torch.Generator().manual_seed(1))
    assert told.shape == (200, 3)
    moved = (told[:, 2] == 0) & (told[:, 1] != 0)
    steps = torch.atan2(told[moved, 1], told[moved, 0] + 1) * 10 / (2 * torch.pi)
    for before, after, step in zip(signal[moved], changed[moved], steps, strict=True):
        assert torch.equal(after, before.roll(round(float(step)), dims=1))


def test_the_rate_rises_and_falls() -> None:
    config = DiffusionConfig(steps=1000, warm_up=100, cool_down=0.5)
    rates = [config.rate(step) for step in range(1000)]
    assert rates[0] < 0.02
    assert rates[100] == rates[499] == 1
    assert rates[750] == pytest.approx(0.5)
    assert 0 < rates[999] < 0.01
    assert DiffusionConfig(steps=1).rate(0) == 1


def test_a_batch_that_does_not_fit_into_memory_is_split(monkeypatch: pytest.MonkeyPatch) -> None:
    """In training and in sampling, with the same result but for rounding."""
    train = view((5,))
    whole = fitted(train)
    expected = drawn(whole, Request(1, 7))
    most = 2
    forward = ResidualMlp.forward

    def small(self: ResidualMlp, values: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        if len(values) > most:
            raise torch.OutOfMemoryError
        return forward(self, values, *others)

    monkeypatch.setattr(ResidualMlp, "forward", small)
    np.testing.assert_allclose(drawn(fitted(train), Request(1, 7)), expected, atol=1e-4)
    assert whole._batches.size == 64
    np.testing.assert_allclose(drawn(whole, Request(1, 7)), expected, atol=1e-5)
    assert whole._batches.size == 1
    most = 0
    with pytest.raises(DataError, match="one sample does not fit into memory"):
        fitted(train)
    with pytest.raises(DataError, match="one sample does not fit into the memory"):
        drawn(whole, Request(1, 1))
