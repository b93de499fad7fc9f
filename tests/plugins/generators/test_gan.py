"""The GAN: config, fit, sampling, the folder it leaves."""

import json
import shutil
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
import pytest
from pydantic import ValidationError
from safetensors.numpy import load_file, save_file
from torch import Tensor

from genaug import ActiveRegularizer, Context, Pipeline, Regularizer, Training
from genaug.adversarial import LOSSES
from genaug.adversarial.discriminator_pass import DiscriminatorPass
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.errors import DataError, MissingWeights
from genaug.hooks import open_hooks
from genaug.testing import Material
from genaug.testing.companions import MemoryCheckpoint
from genaug_plugins.generators.gan import GanGenerator
from genaug_plugins.generators.gan_sampler import GanSampler

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


def view() -> TrainView:
    """Return three dark images and three light ones."""
    labels = np.arange(6, dtype=np.int64) % 2
    rng = np.random.default_rng(0)
    values = (labels[:, None, None, None] - 0.5 + 0.1 * rng.standard_normal((6, 1, 8, 8))).astype(np.float32)
    return TrainView(SPEC, Samples(values, labels))


def fit(seed: int = 0, **changes: Any) -> GanSampler:
    nothing = cast(Any, None)
    context = Context(seed, "cpu", open_hooks([]), nothing, nothing, MemoryCheckpoint())
    return GanGenerator.model_validate(TINY | changes).fit(view(), context)


def draw(sampler: GanSampler, label: int = 0, count: int = 5, seed: int = 3, **more: Any) -> Samples:
    return sampler.draw(Request(label, count, **more), np.random.default_rng(seed))


def test_learns_to_tell_dark_from_light() -> None:
    sampler = fit(steps=150, log_every=100, regularizers=[{"use": "r1", "gamma": 1.0, "every": 1}])
    assert draw(sampler, 1, 50).values.mean() - draw(sampler, 0, 50).values.mean() > 0.4


def test_logs_every_term_under_its_name() -> None:
    history = fit().history
    assert history.keys() == {
        *("step", "loss_d", "loss_g", "real_logits", "fake_logits", "r_t", "scaling.T", "variance", "ms3d"),
        *("r1", "gradient_d", "gradient_g", "speed_d", "speed_g"),
    }
    assert history["step"] == [1, 2, 4]


@pytest.mark.parametrize(
    "how",
    [{}, {"precision": "bfloat16"}, {"channels_last": True}, {"accumulate": 2}, {"labels": "data"}],
    ids=str,
)
def test_comes_back_from_its_folder(tmp_path: Path, how: dict[str, Any]) -> None:
    sampler = fit(**how)
    assert all(np.isfinite(column).all() for column in sampler.history.values())
    sampler.save(tmp_path)
    loaded = GanGenerator.model_validate(TINY | how).load(tmp_path, Material().context())
    # Another layout in memory sums in another order.
    assert draw(loaded, 1).values == pytest.approx(draw(sampler, 1).values, abs=1e-6)
    assert loaded.spec == SPEC
    assert loaded.history == sampler.history
    assert {path.name for path in tmp_path.iterdir()} == {
        *("generator.safetensors", "discriminator.safetensors", "gan.json")
    }


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


WASSERSTEIN = {"loss": "wasserstein"}
BOUNDED = {"use": "gradient-penalty"}
REFUSED = [
    (
        "needs a scaling regularizer before it",
        [{"use": "variance", "reading": "scale"}, {"use": "scaling"}],
        {},
    ),
    ("set `law` to uniform, log-uniform or constant", [{"use": "scaling"}, {"use": "r1"}], WASSERSTEIN),
    ("ada adapts p to the sign.*give a fixed `p`", [{"use": "ada"}, BOUNDED], WASSERSTEIN),
    (
        "zcr.*scaling would augment.*mode: bcr",
        [{"use": "consistency", "mode": "zcr"}, {"use": "scaling"}],
        {},
    ),
    ("gradient-penalty interpolates.*scaling.*use r1 and r2", [{"use": "scaling"}, BOUNDED], {}),
    ("scaling scales them again", [{"use": "scaling"}, {"use": "scaling"}], {}),
]


@pytest.mark.parametrize(("said", "chain", "more"), REFUSED, ids=[said for said, _, _ in REFUSED])
def test_refuses_a_chain_that_cannot_work(said: str, chain: Any, more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=said):
        GanGenerator.model_validate({"regularizers": chain} | more)


@pytest.mark.parametrize("loss", LOSSES)
def test_takes_every_loss(loss: str) -> None:
    sampler = fit(loss=loss, regularizers=[BOUNDED, {"use": "ada", "p": 0.2}])
    assert all(np.isfinite(column).all() for column in sampler.history.values())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"betas": (0.0, 1.0)}, r"betas must be in \[0, 1\)"),
        ({"freeze_discriminator": 1}, "name its folder in `start`"),
        ({"accumulate": 9, "batch_size": 8}, r"accumulate \(9\) must not be above batch_size \(8\)"),
        ({"loss": "logistic"}, "non-saturating"),
        ({"precision": "float16"}, "bfloat16"),
        ({"hold_out": 0.9}, "0.5"),
        ({"learning_rates": 1.0}, "learning_rates"),
        ({"regularizers": [{"use": "r1", "where": "both"}]}, "where"),
    ],
    ids=str,
)
def test_refuses_settings_that_mean_nothing(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        GanGenerator.model_validate(settings)


def test_its_config_makes_the_same_generator() -> None:
    generator = GanGenerator.model_validate(TINY)
    settings = {key: value for key, value in generator.model_dump().items() if key != "use"}
    assert GanGenerator.model_validate(settings) == generator


def pipeline(**generator: Any) -> Pipeline:
    return Pipeline(
        threads=1,
        device="cpu",
        source={"use": "sklearn-digits"},
        split={"train_per_class": 2, "validation_per_class": 2},
        generator={"use": "gan", **TINY, **generator},
        strategy={"use": "class-balance", "per_class": 3},
        extractor={"use": "pixels"},
        exporters=[{"use": "html-report"}],
        hooks=[],
    )


def mark(pipeline: Pipeline) -> str:
    return pipeline.job().fingerprints["fit"]


def test_starts_from_a_fit_and_keeps_the_frozen_stages(tmp_path: Path) -> None:
    pipeline().run(tmp_path / "first")
    (first,) = (tmp_path / "first" / "store").glob("fit-*")
    start = tmp_path / "start"
    shutil.copytree(first, start)
    tuned = pipeline(start=str(start), freeze_discriminator=1)
    assert tuned.run(tmp_path / "second").warnings == ()
    (second,) = (tmp_path / "second" / "store").glob("fit-*")
    before, after = (load_file(folder / "discriminator.safetensors") for folder in (first, second))
    kept = {name for name, weight in before.items() if np.array_equal(weight, after[name])}
    assert 0 < len(kept) < len(before)

    # What it starts from is part of what the fit is.
    assert mark(tuned) == second.name.removeprefix("fit-") + mark(tuned)[16:]
    assert mark(tuned) not in (mark(pipeline()), mark(pipeline(start=str(start))))
    stood = mark(tuned)
    weights = load_file(start / "generator.safetensors")
    save_file({name: weight + 1 for name, weight in weights.items()}, start / "generator.safetensors")
    assert mark(tuned) != stood

    # One that fits in part is told of; one that is not there, before anything is learned.
    (said,) = pipeline(start=str(start), regularizers=[]).run(tmp_path / "third").warnings
    assert "tensors of the saved discriminator are ignored" in said  # those that took the scale in
    (start / "discriminator.safetensors").unlink()
    with pytest.raises(MissingWeights, match=r"discriminator\.safetensors does not exist in .*a fitted gan"):
        tuned.check()
    with pytest.raises(MissingWeights, match=r"generator\.safetensors does not exist"):
        pipeline(start=str(tmp_path / "nowhere")).check()


def test_a_start_that_has_learned_held_out_samples_is_refused(tmp_path: Path) -> None:
    pipeline().run(tmp_path / "first")
    (start,) = (tmp_path / "first" / "store").glob("fit-*")
    same = pipeline(start=str(start))
    same.run(tmp_path / "same")
    assert "used no sample of the other views" in _page(tmp_path / "same")

    other = same.model_copy(update={"seed": same.seed + 1})  # it splits the same data another way
    with pytest.raises(DataError, match=r"has learned from .*\d+ of the test samples of this split"):
        other.run(tmp_path / "other")
    assert not list((tmp_path / "other" / "store").glob("fit-*"))

    # The fit that began from the first one has learned what the first one had.
    (second,) = (tmp_path / "same" / "store").glob("fit-*")
    with pytest.raises(DataError, match="has learned from"):
        pipeline(start=str(second)).model_copy(update={"seed": same.seed + 1}).run(tmp_path / "later")

    shutil.copytree(start, tmp_path / "old")
    (tmp_path / "old" / "training-ids.safetensors").unlink()
    with pytest.raises(DataError, match=r"cannot be checked .* generator\.start_is_disjoint=true"):
        pipeline(start=str(tmp_path / "old")).run(tmp_path / "third")
    pipeline(start=str(tmp_path / "old"), start_is_disjoint=True).run(tmp_path / "third")
    assert "could not be compared: the config states" in _page(tmp_path / "third")


def _page(folder: Path) -> str:
    return (folder / "html-report" / "report.html").read_text(encoding="utf-8")


class FaultyRegularizer(Regularizer):
    """Penalize nothing, but NaN once."""

    name: ClassVar[str] = "faulty"
    at: int

    def attach(self, training: Training) -> ActiveRegularizer:
        return ActiveFaulty(self.at)


class ActiveFaulty(ActiveRegularizer):
    def __init__(self, at: int) -> None:
        self._asked, self._at = 0, at

    def penalty(self, d: DiscriminatorPass) -> Tensor:
        self._asked += 1  # outlives a rollback, as a fault of the hardware would
        return d.real_logits.mean() * (float("nan") if self._asked == self._at else 0.0)


def test_a_rollback_is_in_the_record_and_the_report(tmp_path: Path) -> None:
    chain = (FaultyRegularizer(at=3),)
    record = pipeline(checkpoint_every=2, regularizers=chain).run(tmp_path)
    said = "became non-finite at step 3 of 4"
    assert len(record.warnings) == 1
    assert f"faulty (nan) {said}" in record.warnings[0]
    assert "went back to step 2 and continued with half the learning rates" in record.warnings[0]
    assert json.loads((tmp_path / "run.json").read_text())["warnings"] == list(record.warnings)
    assert said in (tmp_path / str(record.report)).read_text()
    assert pipeline(checkpoint_every=2, regularizers=chain).run(tmp_path).warnings == record.warnings
