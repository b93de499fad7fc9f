"""The GAN: config, fit, sampling, the folder it leaves."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from pydantic import ValidationError

from genaug import Context
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.errors import DataError
from genaug.hooks import open_hooks
from genaug.testing.companions import MemoryCheckpoint
from genaug_plugins.generators.gan import GanGenerator, GanSampler

SPEC = SampleSpec(
    modality="image", shape=(1, 8, 8), class_names=("dark", "light", "unseen"), value_range=(-1, 1)
)
TINY: dict[str, Any] = {
    "architecture": {"use": "dcgan", "width": 4, "latent_dim": 6},
    "steps": 4,
    "batch_size": 8,
    "log_every": 2,
    "regularizers": [
        {"use": "scaling"},
        {"use": "variance", "reading": "scale"},
        {"use": "ms3d", "scales": 2},
        {"use": "r1", "every": 2},
    ],
}


def fit(seed: int = 0, **changes: Any) -> GanSampler:
    labels = np.arange(6, dtype=np.int64) % 2
    rng = np.random.default_rng(0)
    values = (labels[:, None, None, None] - 0.5 + 0.1 * rng.standard_normal((6, 1, 8, 8))).astype(np.float32)
    nothing = cast(Any, None)
    context = Context(seed, "cpu", open_hooks([]), nothing, nothing, MemoryCheckpoint())
    return GanGenerator.model_validate(TINY | changes).fit(TrainView(SPEC, Samples(values, labels)), context)


def draw(sampler: GanSampler, label: int = 0, count: int = 5, seed: int = 3, **more: Any) -> Samples:
    return sampler.sample(Request(label, count, **more), np.random.default_rng(seed))


def test_learns_to_tell_dark_from_light() -> None:
    sampler = fit(steps=120, regularizers=[{"use": "r1", "gamma": 1.0, "where": "both", "every": 1}])
    assert draw(sampler, 1, 50).values.mean() - draw(sampler, 0, 50).values.mean() > 0.4


def test_logs_every_term_under_its_name() -> None:
    history = fit().history
    assert history.keys() == {
        *("step", "loss_d", "loss_g", "real_logits", "fake_logits", "scaling.T", "variance", "ms3d", "r1")
    }
    assert history["step"] == [1, 2, 4]


def test_comes_back_from_its_folder(tmp_path: Path) -> None:
    sampler = fit()
    sampler.save(tmp_path)
    loaded = GanGenerator.model_validate(TINY).load(tmp_path)
    assert np.array_equal(draw(loaded, 1).values, draw(sampler, 1).values)
    assert loaded.spec == SPEC
    assert loaded.history == sampler.history
    assert {path.name for path in tmp_path.iterdir()} == {"generator.safetensors", "gan.json"}


def test_latents_may_be_given() -> None:
    sampler = fit()
    latents = np.random.default_rng(3).standard_normal((5, 6), dtype=np.float32)
    assert np.array_equal(draw(sampler, latents=latents).values, draw(sampler, seed=3).values)
    with pytest.raises(DataError, match=r"shape \(5, 6\), not \(5, 4\)"):
        draw(sampler, latents=latents[:, :4])


def test_makes_more_than_it_holds_at_a_time() -> None:
    samples = draw(fit(), 1, 600)
    assert samples.values.shape == (600, 1, 8, 8)
    assert len(set(samples.ids)) == 600


def test_refuses_a_class_it_never_saw() -> None:
    with pytest.raises(DataError, match=r"class 2 cannot be sampled.*dark, light"):
        draw(fit(), 2)


def test_refuses_a_chain_that_cannot_work() -> None:
    chain = [{"use": "variance", "reading": "scale"}, {"use": "scaling"}]
    with pytest.raises(ValidationError, match="needs a scaling regularizer before it"):
        GanGenerator.model_validate({"regularizers": chain})


def test_refuses_betas_that_are_none() -> None:
    with pytest.raises(ValidationError, match=r"betas must lie in \[0, 1\)"):
        GanGenerator(betas=(0.0, 1.0))


def test_its_config_makes_the_same_generator() -> None:
    generator = GanGenerator.model_validate(TINY)
    settings = {key: value for key, value in generator.model_dump().items() if key != "use"}
    assert GanGenerator.model_validate(settings) == generator
