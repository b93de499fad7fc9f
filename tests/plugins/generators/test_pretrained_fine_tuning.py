"""Fine-tuning of tiny random pipelines: it learns, resumes, and plain diffusers loads what it saved."""

from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.errors import DataError
from genaug.testing import Material
from genaug.testing.companions import MemoryCheckpoint
from genaug_plugins import PretrainedGenerator
from genaug_plugins.generators.pretrained_sampler import PretrainedSampler
from genaug_plugins.pipelines.fine_tuning.denoising import Denoising
from genaug_plugins.pipelines.images import for_pipeline
from genaug_plugins.pipelines.loading import quiet
from genaug_plugins.pipelines.tiny import write_tiny

SPEC = SampleSpec(
    modality="image", shape=(1, 17, 23), class_names=("cat", "red_fox"), value_range=(-1.0, 1.0)
)
LORA = {"method": "lora", "steps": 3, "learning_rate": 0.05, "rank": 2, "log_every": 1}


@pytest.fixture(scope="module")
def pipelines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pipelines")
    for family in ("stable-diffusion", "stable-diffusion-xl", "stable-diffusion-3", "dit"):
        write_tiny(folder / family, family)
    return folder


def view() -> TrainView:
    """Return two bright cats and one dark fox, 17 × 23, gray."""
    values = np.full((3, *SPEC.shape), 0.8, dtype=np.float32)
    values[2] = -0.8
    return TrainView(SPEC, Samples(values, np.array([0, 0, 1], dtype=np.int64)))


def generator(path: Path, **fine_tune: Any) -> PretrainedGenerator:
    return PretrainedGenerator(pipeline=str(path), steps=2, guidance=1, fine_tune=fine_tune or None)


def fitted(path: Path, **fine_tune: Any) -> PretrainedSampler:
    return generator(path, **fine_tune).fit(view(), Material().context())


def drawn(sampler: PretrainedSampler, label: int = 1) -> NDArray[np.float32]:
    values: NDArray[np.float32] = sampler.draw(Request(label, 2), np.random.default_rng(0)).values
    return values


def by_plain_diffusers(pipeline: Any, prompt: str) -> NDArray[np.float32]:
    """Return what `drawn` returns in colour, without any code of genaug."""
    seeds = np.random.default_rng(0).integers(2**63, size=2)
    generators = [torch.Generator().manual_seed(int(seed)) for seed in seeds]
    settings = {"num_inference_steps": 2, "guidance_scale": 1, "output_type": "np"}
    with quiet():
        images = pipeline([prompt] * 2, generator=generators, **settings).images
    made: NDArray[np.float32] = images.transpose(0, 3, 1, 2) * 2 - 1
    return made


def loaded(path: Path) -> Any:
    with quiet():
        absent = {name: None for name in ("text_encoder_3", "tokenizer_3") if path.name.endswith("-3")}
        pipeline = diffusers.DiffusionPipeline.from_pretrained(path, **absent)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@pytest.mark.parametrize("family", ["stable-diffusion", "stable-diffusion-xl", "stable-diffusion-3"])
def test_plain_diffusers_loads_low_rank_changes(pipelines: Path, tmp_path: Path, family: str) -> None:
    path = pipelines / family
    sampler, before = fitted(path, **LORA), fitted(path)
    made = drawn(sampler)
    assert np.abs(made - drawn(before)).max() > 0.01
    sampler.save(tmp_path)
    assert np.array_equal(drawn(generator(path, **LORA).load(tmp_path, Material().context())), made)
    pipeline = loaded(path)
    with quiet():
        pipeline.load_lora_weights(tmp_path / "lora")
    np.testing.assert_allclose(by_plain_diffusers(pipeline, "a photo of a red fox"), made, atol=1e-5)
    assert len(sampler.history["loss"]) == 3


def test_plain_diffusers_loads_new_words(pipelines: Path, tmp_path: Path) -> None:
    path, settings = (
        pipelines / "stable-diffusion",
        LORA | {"method": "textual-inversion", "learning_rate": 1.0},
    )
    sampler, before = fitted(path, **settings), fitted(path)
    made = drawn(sampler)
    assert np.abs(made - drawn(before)).max() > 1e-3
    assert sampler.metadata(Request(1, 1), np.arange(1))[0]["prompt"] == "a photo of a <class-1>"
    given = Request(1, 1, prompt="A Red Fox, red foxes")
    assert sampler.metadata(given, np.arange(1))[0]["prompt"] == "A <class-1>, red foxes"
    sampler.save(tmp_path)
    assert np.array_equal(drawn(generator(path, **settings).load(tmp_path, Material().context())), made)
    pipeline = loaded(path)
    with quiet():
        pipeline.load_textual_inversion(tmp_path / "embeddings" / "1.safetensors")
    np.testing.assert_allclose(by_plain_diffusers(pipeline, "a photo of a <class-1>"), made, atol=1e-5)


def test_dreambooth_learns_from_images_that_the_pipeline_made(pipelines: Path) -> None:
    path, settings = pipelines / "stable-diffusion", LORA | {"method": "dreambooth-lora", "prior_images": 3}
    sampler = fitted(path, **settings)
    assert {"loss", "prior"} <= sampler.history.keys()
    assert sampler.metadata(Request(1, 1), np.arange(1))[0]["prompt"] == "a photo of a sks red fox"
    weightless = fitted(path, **settings | {"prior_weight": 1e-9})
    assert np.abs(drawn(sampler) - drawn(weightless)).max() > 1e-4


@pytest.mark.parametrize("method", ["lora", "dreambooth-lora", "textual-inversion"])
def test_an_interrupted_fine_tuning_ends_the_same(pipelines: Path, method: str) -> None:
    settings = LORA | {"method": method, "steps": 4, "checkpoint_every": 1, "prior_images": 2}
    tuned, kept = generator(pipelines / "stable-diffusion", **settings), MemoryCheckpoint()
    whole = tuned.fit(view(), Material().context(checkpoint=kept))
    assert len(kept.saved) == 4
    with torch.random.fork_rng():
        torch.manual_seed(7)
        resumed = tuned.fit(view(), Material().context(checkpoint=MemoryCheckpoint(kept.saved[1])))
    assert np.array_equal(drawn(whole), drawn(resumed))
    assert dict(whole.history) == dict(resumed.history)


@pytest.mark.parametrize("family", ["stable-diffusion", "stable-diffusion-3"])
def test_the_loss_on_the_training_images_falls(pipelines: Path, family: str) -> None:
    path = pipelines / family
    before = fitted(path)
    after = fitted(path, **LORA | {"steps": 60, "log_every": 60, "rank": 4, "learning_rate": 0.02})

    def loss(sampler: PretrainedSampler) -> float:
        size = sampler.spec.shape[1:]
        denoising = Denoising(sampler.calls.pipeline, size)
        random = torch.Generator().manual_seed(3)
        moments = denoising.encode(for_pipeline(view().samples.values, SPEC, size)[0]).repeat(40, 1, 1, 1, 1)
        with torch.no_grad():
            x, t, target = denoising.noisy(denoising.latents(moments, random), random)
            prompts = ["a photo of a cat", "a photo of a cat", "a photo of a red fox"] * 40
            made = denoising.predict(x, t, denoising.condition(prompts))
        return float((made - target).square().mean())

    assert loss(after) < 0.97 * loss(before)  # 0.957 and less, measured


@pytest.mark.parametrize(
    ("family", "method", "told"),
    [
        ("dit", "lora", "`fine_tune` serves Stable Diffusion 1, 2, XL and 3, not DiTPipeline"),
        ("stable-diffusion-xl", "textual-inversion", "several text encoders.*choose `method: lora`"),
    ],
)
def test_what_cannot_be_fine_tuned_is_refused_early(
    pipelines: Path, family: str, method: str, told: str
) -> None:
    with pytest.raises(DataError, match=told):
        generator(pipelines / family, method=method).check_usable(SPEC)


def test_a_forecast_takes_one_step(pipelines: Path) -> None:
    tuned = generator(pipelines / "stable-diffusion", **LORA)
    shorter = tuned.shortened()
    assert shorter is not None
    assert shorter.fine_tune is not None
    assert shorter.fine_tune.steps == 1
    assert generator(pipelines / "stable-diffusion").shortened() is None


def test_the_file_has_the_names_of_diffusers(pipelines: Path, tmp_path: Path) -> None:
    fitted(pipelines / "stable-diffusion", **LORA).save(tmp_path)
    names = load_file(tmp_path / "lora" / "pytorch_lora_weights.safetensors")
    assert all(name.startswith("unet.") and ".lora." in name for name in names)
