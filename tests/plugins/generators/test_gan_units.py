"""The GAN learns vectors and signals whatever their unit."""

import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from genaug import Context
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.hooks import open_hooks
from genaug.testing.companions import MemoryCheckpoint
from genaug_plugins.generators.gan import GanGenerator
from genaug_plugins.generators.gan_files import RECORD
from genaug_plugins.generators.gan_sampler import GanSampler

SHAPES = {"mlp": ("vector", (5,)), "conv1d": ("signal", (2, 16))}
CONTEXT = Context(0, "cpu", open_hooks([]), cast(Any, None), cast(Any, None), MemoryCheckpoint())


def view(name: str, factor: float = 1.0, value_range: tuple[float, float] | None = None) -> TrainView:
    """Return twelve samples of two classes, with means that differ by column and channel."""
    modality, shape = SHAPES[name]
    spec = SampleSpec(
        modality=cast(Any, modality), shape=shape, class_names=("a", "b"), value_range=value_range
    )
    rng = np.random.default_rng(0)
    each = np.arange(1, shape[0] + 1).reshape(-1, *[1] * (len(shape) - 1))
    unit = rng.uniform(-1, 1, (12, *shape)) * each + (0 if value_range else 3 * each)
    values = (unit.astype(np.float32).astype(np.float64) * factor).astype(np.float32)
    return TrainView(spec, Samples(values, np.arange(12, dtype=np.int64) % 2))


def gan(name: str, **settings: Any) -> GanGenerator:
    tiny = {"steps": 3, "batch_size": 8, "architecture": {"use": name, "width": 8, "latent_dim": 4}}
    chain = [{"use": "r1", "every": 2}, {"use": "lecam", "warmup": 1}]
    return GanGenerator.model_validate(tiny | {"regularizers": chain} | settings)


def fit(generator: GanGenerator, train: TrainView) -> GanSampler:
    context = Context(0, "cpu", open_hooks([]), cast(Any, None), cast(Any, None), MemoryCheckpoint())
    return generator.fit(train, context)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("power", [-99, 99])
def test_the_unit_of_the_data_does_not_matter(name: str, power: int, tmp_path: Path) -> None:
    made, scores, generator = [], [], gan(name)
    for factor in (1.0, 2.0**power):
        train = view(name, factor)
        fit(generator, train).save(tmp_path)
        sampler = generator.load(tmp_path, CONTEXT)
        values = sampler.draw(Request(0, 5), np.random.default_rng(0)).values
        made.append(values.astype(np.float64) / factor)
        scores.append(sampler.scores(train.samples))
    np.testing.assert_array_equal(made[0], made[1])
    for score in ("discriminator", "log_density_ratio"):
        np.testing.assert_array_equal(scores[0][score], scores[1][score])


@pytest.mark.parametrize("factor", [1e-30, 1e-9, 1e19, 1e30])
def test_samples_have_the_mean_and_spread_of_the_data(factor: float) -> None:
    train = view("mlp", factor)
    sampler = fit(gan("mlp", steps=30, batch_size=12), train)
    made = np.concatenate(
        [sampler.draw(Request(c, 50), np.random.default_rng(c)).values.astype(np.float64) for c in (0, 1)]
    )
    real = train.samples.values.astype(np.float64)
    assert (np.abs(made.mean(0) - real.mean(0)) < 2 * real.std(0)).all()
    assert (made.std(0) > 0.1 * real.std(0)).all()
    assert (made.std(0) < 4 * real.std(0)).all()


def test_a_constant_column_is_made_as_its_constant() -> None:
    train = view("mlp")
    train.samples.values[:, 1], train.samples.values[:, 3] = 0.0, 7e8
    made = fit(gan("mlp"), train).draw(Request(0, 5), np.random.default_rng(0)).values
    assert np.isfinite(made).all()
    assert (made[:, [1, 3]] == np.array([0.0, 7e8], dtype=np.float32)).all()


def test_a_value_range_is_kept_in_any_unit() -> None:
    made = []
    for factor in (1.0, 2.0**60):
        train = view("mlp", factor, (-8 * factor, 8 * factor))
        sampler = fit(gan("mlp", steps=20), train)
        values = sampler.draw(Request(1, 50), np.random.default_rng(0)).values
        assert (np.abs(values) <= 8 * factor).all()
        made.append(values.astype(np.float64) / factor)
    np.testing.assert_array_equal(made[0], made[1])


def test_a_fit_of_an_earlier_version_keeps_the_units_of_its_data(tmp_path: Path) -> None:
    train, generator = view("mlp"), gan("mlp")
    fit(generator, train).save(tmp_path)
    record = json.loads((tmp_path / RECORD).read_text(encoding="utf-8"))
    of_columns = generator.load(tmp_path, CONTEXT).draw(Request(0, 5), np.random.default_rng(0)).values
    center, scale = (np.array(record["units"][key]) for key in ("center", "scale"))
    del record["units"]
    (tmp_path / RECORD).write_text(json.dumps(record), encoding="utf-8")
    earlier = generator.load(tmp_path, CONTEXT).draw(Request(0, 5), np.random.default_rng(0)).values
    np.testing.assert_allclose(of_columns, earlier * scale + center, rtol=1e-5)
    fit(gan("mlp", start=tmp_path, start_is_disjoint=True), train).save(tmp_path)
    units = json.loads((tmp_path / RECORD).read_text(encoding="utf-8"))["units"]
    assert (units["center"], units["scale"]) == (0.0, 1.0)
