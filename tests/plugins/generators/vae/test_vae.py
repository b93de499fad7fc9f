"""The generator: what it learns, what it samples, and what it refuses."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genaug.data import Column, Request, Samples, SampleSpec, TrainView
from genaug.errors import DataError, TrainingDiverged
from genaug.testing import Material
from genaug_plugins.generators.vae import layout
from genaug_plugins.generators.vae.sampler import VaeSampler
from genaug_plugins.generators.vae.vae import VaeGenerator

TINY: dict[str, Any] = {"width": 4, "steps": 3, "batch_size": 8, "latent_dim": 3}


def spec_of(shape: tuple[int, ...], classes: int = 2, **more: Any) -> SampleSpec:
    modality = {1: "vector", 2: "signal", 3: "image"}[len(shape)]
    names = tuple("abcdef"[:classes])
    value_range = (-1.0, 1.0) if modality == "image" else None
    return SampleSpec(modality=modality, shape=shape, class_names=names, value_range=value_range, **more)


def view_of(spec: SampleSpec, values: np.ndarray, labels: Any) -> TrainView:
    return TrainView(spec, Samples(values.astype(spec.dtype), np.asarray(labels, dtype=np.int64)))


def noise(shape: tuple[int, ...], count: int = 6, classes: int = 2) -> TrainView:
    values = np.random.default_rng(0).uniform(-1, 1, (count, *shape))
    return view_of(spec_of(shape, classes), values, np.arange(count) % classes)


def fit(train: TrainView, **settings: Any) -> VaeSampler:
    return VaeGenerator.model_validate(TINY | settings).fit(train, Material().context())


def circle(count: int = 120) -> TrainView:
    """Return points on two circles in the plane of two of six columns: one number determines a sample."""
    angles = 2 * np.pi * np.arange(count) / count
    labels = np.arange(count) % 2
    plane = np.stack([np.cos(angles), np.sin(angles)], axis=1) * (1 + labels)[:, None]
    return view_of(spec_of((6,)), 100 * plane @ np.random.default_rng(1).standard_normal((2, 6)), labels)


@pytest.fixture(scope="module")
def fitted() -> VaeSampler:
    settings = {"width": 8, "steps": 300, "batch_size": 64, "latent_dim": 4, "learning_rate": 3e-3}
    return fit(circle(), **settings, output_noise=False)


SIZES = [
    *((channels, 17, 23) for channels in (1, 2, 3, 4)),
    (1, 1, 1),
    (1, 3, 40),
    (2, 17),
    (1, 1),
    (1,),
    (3,),
]


@pytest.mark.parametrize("shape", SIZES, ids=str)
def test_any_size_is_made(shape: tuple[int, ...], tmp_path: Path) -> None:
    sampler = fit(noise(shape))
    made = sampler.draw(Request(1, 3), np.random.default_rng(0))
    sampler.spec.check_values(made.values)
    assert made.values.shape == (3, *shape)
    assert sampler.encode(made).shape == (3, 3)
    sampler.save(tmp_path)
    again = VaeGenerator.model_validate(TINY).load(tmp_path, Material().context())
    assert np.array_equal(again.draw(Request(1, 3), np.random.default_rng(0)).values, made.values)


@pytest.mark.parametrize("shape", [(1, 8, 8), (2, 17), (4,)], ids=str)
def test_three_samples_of_one_class_are_enough(shape: tuple[int, ...]) -> None:
    sampler = fit(noise(shape, count=3, classes=1))
    sampler.spec.check_values(sampler.draw(Request(0, 5), np.random.default_rng(0)).values)


@pytest.mark.parametrize("shape", [(2, 17), (4,)], ids=str)
def test_constant_columns_and_channels_stay_constant(shape: tuple[int, ...]) -> None:
    view = noise(shape)
    view.samples.values[:, 0] = 3.5
    made = fit(view).draw(Request(0, 5), np.random.default_rng(0)).values
    assert (made[:, 0] == 3.5).all()
    assert made[:, 1].std() > 0
    same = np.full_like(view.samples.values, -2.0)
    constant = fit(TrainView(view.spec, Samples(same, view.samples.labels)))
    assert (constant.draw(Request(0, 5), np.random.default_rng(0)).values == -2.0).all()


def test_a_table_whose_values_are_all_missing_is_made() -> None:
    columns = (Column(name="x", type="numeric", missing=True), Column(name="n", type="integer", missing=True))
    spec = SampleSpec(modality="table", shape=(2,), class_names=("a",), columns=columns)
    made = fit(view_of(spec, np.full((5, 2), np.nan), [0] * 5)).draw(Request(0, 4), np.random.default_rng(0))
    assert np.isnan(made.values).all()


def test_a_decoded_latent_resembles_the_sample_that_was_encoded(fitted: VaeSampler) -> None:
    view = circle()
    latents = fitted.encode(view.samples)
    away = np.concatenate(
        [
            fitted.draw(Request(label, 60, latents[label::2]), np.random.default_rng(0)).values
            - view.samples.values[label::2]
            for label in (0, 1)
        ]
    )
    assert (away.var(axis=0) < 0.1 * view.samples.values.var(axis=0)).all()


def test_each_class_is_made_with_its_own_spread(fitted: VaeSampler) -> None:
    made = [fitted.draw(Request(label, 400), np.random.default_rng(0)).values for label in (0, 1)]
    inner, outer = (np.sqrt(values.var(axis=0).sum()) for values in made)
    assert outer > 1.4 * inner  # the second circle has twice the radius


def test_the_unit_of_the_data_does_not_matter() -> None:
    view = noise((4,))
    scaled = TrainView(view.spec, Samples(view.samples.values * 1024, view.samples.labels))
    draws = [fit(each).draw(Request(0, 4), np.random.default_rng(0)).values for each in (view, scaled)]
    np.testing.assert_allclose(draws[0] * 1024, draws[1], rtol=1e-4)


@pytest.mark.parametrize("material", [Material((1, 8, 8)), Material((6,)), Material.of_table()], ids=str)
@pytest.mark.parametrize("asked", ["prior", "sources"])
def test_the_size_of_a_batch_does_not_matter(
    material: Material, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = material.train()
    sampler = fit(view, output_noise=True)
    own = view.samples.take(np.flatnonzero(view.samples.labels == 1)[:5])
    given: Mapping[str, Any] = (
        {"sources": tuple(own.ids.tolist()), "source_samples": own, "paired": True}
        if asked == "sources"
        else {}
    )
    whole = sampler.draw(Request(1, 5, **given), np.random.default_rng(0)).values
    monkeypatch.setattr(layout, "BATCH", 2)
    parts = sampler.draw(Request(1, 5, **given), np.random.default_rng(0)).values
    np.testing.assert_allclose(parts, whole, rtol=1e-4, atol=1e-5)


def test_strength_leads_from_the_source_to_the_prior(fitted: VaeSampler) -> None:
    view = circle()
    one = view.samples.take(np.array([10]))
    away = {}
    for strength in (0.01, 0.5, 1.0):
        request = Request(0, 100, sources=("x",), source_samples=one, options={"strength": strength})
        made = fitted.draw(request, np.random.default_rng(0)).values
        away[strength] = float(np.abs(made - one.values).mean())
        other = Request(
            0, 100, sources=("y",), source_samples=view.samples.take(np.array([60])), options=request.options
        )
        same = np.array_equal(fitted.draw(other, np.random.default_rng(0)).values, made)
        assert same == (strength == 1.0)  # nothing of the source is left
    assert away[0.01] < away[0.5] < away[1.0]


def test_output_noise_has_the_variance_of_the_likelihood() -> None:
    rng = np.random.default_rng(0)
    view = view_of(spec_of((2,), 1), rng.standard_normal((500, 2)) * [1.0, 50.0], np.zeros(500))
    sampler = fit(view, steps=100, beta=50.0, batch_size=64)  # so dear that the latents carry nothing
    made = sampler.draw(Request(0, 2000), np.random.default_rng(0)).values
    np.testing.assert_allclose(made.std(axis=0), view.samples.values.std(axis=0), rtol=0.1)
    assert "the latents carry next to nothing" in sampler.warnings[-1]


def test_samples_without_a_class_can_be_encoded(fitted: VaeSampler) -> None:
    samples = circle().samples
    unknown = Samples(samples.values, np.full(len(samples), -1))
    assert np.isfinite(fitted.encode(unknown)).all()
    assert not np.array_equal(fitted.encode(unknown), fitted.encode(samples))


def test_a_class_without_training_samples_cannot_be_sampled() -> None:
    view = view_of(spec_of((3,), 3), np.random.default_rng(0).standard_normal((4, 3)), [0, 0, 2, 2])
    with pytest.raises(DataError, match=r"class 'b' cannot be sampled.*the classes learned are a, c"):
        fit(view).draw(Request(1, 1), np.random.default_rng(0))


def test_what_cannot_be_learned_is_refused_before_the_fit() -> None:
    with pytest.raises(DataError, match=r"vae makes images, signals, vectors and tables, not .*'text'"):
        VaeGenerator().check_usable(SampleSpec(modality="text", shape=(), class_names=("a",)))
    with pytest.raises(DataError, match="needs training samples"):
        fit(view_of(spec_of((3,)), np.zeros((0, 3)), []))


def test_a_training_that_diverges_says_what_to_change() -> None:
    with pytest.raises(TrainingDiverged, match="lower the learning rate"):
        fit(noise((4,)), learning_rate=1e30, steps=20, rollbacks=0)


def test_its_short_form_trains_one_step() -> None:
    short = VaeGenerator().shortened()
    assert short is not None
    assert short.steps == 1
