"""Pretrained pipelines: real code of diffusers on tiny random weights, from folders."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from genaug.components.identity import identity
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.errors import ConfigError, DataError, MissingWeights
from genaug.testing import Material, failures
from genaug_plugins import PretrainedGenerator
from genaug_plugins.generators.pretrained_sampler import PretrainedSampler
from genaug_plugins.pipelines.tiny import FAMILIES, write_tiny

STEP = 1 / 127
"""Half a step of 8 bits is lost in rounding; batches differ by the rounding of the networks."""


@pytest.fixture(scope="module")
def pipelines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pipelines")
    for family in FAMILIES:
        write_tiny(folder / family, family)
    return folder


def view(shape: tuple[int, ...] = (3, 8, 8), classes: tuple[str, ...] = ("cat", "red_fox")) -> TrainView:
    spec = SampleSpec(modality="image", shape=shape, class_names=classes, value_range=(-1, 1))
    values = np.random.default_rng(0).uniform(-1, 1, (6, *shape)).astype(np.float32)
    return TrainView(spec, Samples(values, np.arange(6) % len(classes)))


def fitted(path: Path, train: TrainView, **settings: Any) -> PretrainedSampler:
    settings = {"steps": 2} | settings
    return PretrainedGenerator(pipeline=str(path), **settings).fit(train, Material().context())


def drawn(sampler: PretrainedSampler, request: Request, seed: int = 0) -> NDArray[np.float32]:
    values: NDArray[np.float32] = sampler.draw(request, np.random.default_rng(seed)).values
    return values


def started(train: TrainView, count: int = 1, **more: Any) -> Request:
    source = train.samples.take(np.array([0]))
    return Request(0, count, sources=(str(source.ids[0]),), source_samples=source, **more)


@pytest.mark.parametrize("family", ["stable-diffusion-3", "dit"])
def test_each_family_keeps_the_promises_of_a_generator(pipelines: Path, family: str) -> None:
    words = {"disc": "3", "cross": "thing 4", "frame": "5"} if family == "dit" else {}
    generator = PretrainedGenerator(pipeline=str(pipelines / family), steps=2, words=words)
    assert failures(generator, Material((3, 8, 8))) == {}


@pytest.mark.parametrize("family", ["stable-diffusion", "stable-diffusion-3"])
def test_samples_do_not_depend_on_the_batch_size(pipelines: Path, family: str) -> None:
    train = view()
    requests = [Request(1, 5), started(train, 5, options={"strength": 0.7})]
    for request in requests:
        made = [drawn(fitted(pipelines / family, train, batch_size=size), request) for size in (1, 2, 5)]
        assert np.abs(made[0] - made[1]).max() < STEP
        assert np.abs(made[0] - made[2]).max() < STEP
        assert np.abs(made[0][0] - made[0][1]).max() > STEP


def test_prompts_name_the_class_and_record_what_was_made(pipelines: Path) -> None:
    sampler = fitted(pipelines / "stable-diffusion", view(), guidance=2, negative_prompt="blur")
    known = sampler.metadata(Request(1, 2), np.arange(2))
    assert known[0] == known[1]
    assert known[0]["prompt"] == "a photo of a red fox"
    assert known[0] | {"weights": ""} == {
        "pipeline": str(pipelines / "stable-diffusion"),
        "weights": "",
        "licence": "unknown",
        "guidance": 2,
        "steps": 2,
        "prompt": "a photo of a red fox",
        "negative_prompt": "blur",
    }
    one, other = (drawn(sampler, Request(1, 1, options=options)) for options in ({}, {"guidance": 7.0}))
    assert not np.array_equal(one, other)


def test_image_to_image_stays_nearer_to_its_source_at_low_strength(pipelines: Path) -> None:
    train = view((3, 16, 16))
    sampler = fitted(pipelines / "stable-diffusion", train, steps=10)
    near, far, new = (drawn(sampler, started(train, 4, options={"strength": s})) for s in (0.1, 0.6, 1.0))
    decoded = near.mean(axis=0)  # what the random autoencoder makes of the source
    assert np.abs(near - decoded).mean() < np.abs(far - decoded).mean()
    assert np.abs(far - new).max() > STEP
    assert sampler.metadata(started(train), np.arange(1))[0]["strength"] == 0.5
    with pytest.raises(DataError, match=r"strength 0.05 leaves none of the 10 steps.*`steps` to 20 or more"):
        drawn(sampler, started(train, options={"strength": 0.05}))


def test_inpainting_keeps_the_rest_of_the_source(pipelines: Path) -> None:
    train = view((3, 16, 16))
    sampler = fitted(pipelines / "stable-diffusion", train)
    mask = np.zeros((1, 16, 16), dtype=np.bool_)
    mask[:, :, :8] = True
    made, source = drawn(sampler, started(train, 2, mask=mask)), train.samples.values[0]
    assert np.abs(made[:, :, :, 8:] - source[:, :, 8:]).max() < STEP
    assert np.abs(made[:, :, :, :8] - source[:, :, :8]).max() > STEP


@pytest.mark.parametrize("shape", [(1, 17, 23), (2, 17, 23), (3, 9, 5), (4, 17, 23)])
def test_images_of_any_size_and_channels(pipelines: Path, shape: tuple[int, ...]) -> None:
    train = view(shape, ("cat",))
    sampler = fitted(pipelines / "stable-diffusion", train)
    assert sampler.spec.shape == ({1: 3, 2: 2, 3: 3, 4: 4}[shape[0]], 16, 16)
    mask = np.ones((1, *shape[1:]), dtype=np.bool_)
    for request in (Request(0, 2), started(train, 2), started(train, 2, mask=mask)):
        sampler.spec.check_values(drawn(sampler, request).clip(-1, 1))


def test_size_is_that_of_the_setting(pipelines: Path) -> None:
    assert fitted(pipelines / "stable-diffusion", view(), size=(8, 24)).spec.shape == (3, 8, 24)
    with pytest.raises(DataError, match="StableDiffusionPipeline refuses the request: `height` and `width`"):
        fitted(pipelines / "stable-diffusion", view(), size=17)
    with pytest.raises(DataError, match="DDIMPipeline has one resolution: leave `size` out"):
        fitted(pipelines / "ddpm", view(classes=("cat",)), size=8)


def test_a_pipeline_without_text_serves_one_class(pipelines: Path) -> None:
    sampler = fitted(pipelines / "ddpm", view((1, 8, 8), ("cat",)))
    assert drawn(sampler, Request(0, 3)).shape == (3, 3, 16, 16)
    with pytest.raises(DataError, match="makes samples of no particular class, and the data have 2"):
        fitted(pipelines / "ddpm", view())


def test_classes_of_the_pipeline_are_found_by_name_or_number(pipelines: Path) -> None:
    words = {"cat": "thing 7", "red_fox": "8"}
    sampler = fitted(pipelines / "dit", view(), words=words)
    assert not np.array_equal(drawn(sampler, Request(0, 1)), drawn(sampler, Request(1, 1)))
    with pytest.raises(DataError, match=r"no class 'cat' for 'cat'.*thing 0.*`words: \{cat: …\}`"):
        PretrainedGenerator(pipeline=str(pipelines / "dit")).check_usable(view().spec)


def test_flagged_images_are_made_again_and_then_left_out(tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "checked", safety=True)
    sampler, redrawing = (fitted(path, view(), redraws=redraws) for redraws in (0, 20))

    def made(own: PretrainedSampler, threshold: float) -> NDArray[np.float32]:
        own.calls.pipeline.safety_checker.concept_embeds_weights.fill_(threshold)
        return drawn(own, Request(0, 8))

    free = made(sampler, 2.0)  # above every cosine: nothing is flagged
    assert not np.isnan(free).any()
    with pytest.raises(
        DataError, match="flagged every image of class 'cat' in each of 1 tries: choose other"
    ):
        made(sampler, -2.0)
    low, high = -2.0, 2.0
    for _ in range(20):  # a threshold that flags some
        threshold = (low + high) / 2
        try:
            some = made(sampler, threshold)
        except DataError:
            low = threshold
            continue
        flagged = np.isnan(some).all(axis=(1, 2, 3))
        if flagged.any():
            break
        high = threshold
    assert 0 < flagged.sum() < 8
    assert np.abs(some[~flagged] - free[~flagged]).max() < STEP
    again = made(redrawing, threshold)
    assert np.isnan(again).all(axis=(1, 2, 3)).sum() < flagged.sum()
    assert np.abs(again[~flagged] - free[~flagged]).max() < STEP


def test_weights_that_changed_are_noticed(pipelines: Path, tmp_path: Path) -> None:
    path = shutil.copytree(pipelines / "stable-diffusion", tmp_path / "own")
    generator = PretrainedGenerator(pipeline=str(path), steps=2)
    sampler, before = generator.fit(view(), Material().context()), identity(generator)
    (tmp_path / "fit").mkdir()
    sampler.save(tmp_path / "fit")
    generator.load(tmp_path / "fit", Material().context())
    weights = path / "unet" / "diffusion_pytorch_model.safetensors"
    save_file({name: 2 * tensor for name, tensor in load_file(weights).items()}, weights)
    assert identity(generator) != before
    with pytest.raises(MissingWeights, match="has other weights than when it was fitted"):
        generator.load(tmp_path / "fit", Material().context())


def test_the_licence_is_read(pipelines: Path, tmp_path: Path) -> None:
    path = shutil.copytree(pipelines / "stable-diffusion", tmp_path / "own")
    (path / "README.md").write_text("---\nlicense: creativeml-openrail-m\n---\n# A model\n")
    sampler = fitted(path, view())
    assert sampler.record["licence"] == "creativeml-openrail-m"
    assert sampler.warnings == []


def _no_index(path: Path) -> None:
    (path / "model_index.json").unlink()


def _pickled(path: Path) -> None:
    (path / "unet" / "diffusion_pytorch_model.safetensors").rename(path / "unet" / "model.bin")


def _code(path: Path) -> None:
    (path / "unet" / "own.py").write_text("print()")


def _truncated(path: Path) -> None:
    weights = path / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])


def _unknown(path: Path) -> None:
    index = json.loads((path / "model_index.json").read_text())
    (path / "model_index.json").write_text(json.dumps(index | {"_class_name": "NoSuchPipeline"}))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_no_index, "contains no pipeline: it has no model_index.json"),
        (_pickled, r"unet in .* has its weights in model.bin only.*safe_serialization=True"),
        (_code, r"needs code of its own \(own.py\), which is not executed"),
        (_truncated, "cannot be loaded"),
        (_unknown, "cannot be loaded.*NoSuchPipeline"),
    ],
)
def test_folders_that_cannot_be_loaded(
    pipelines: Path, tmp_path: Path, spoil: Callable[[Path], None], told: str
) -> None:
    path = shutil.copytree(pipelines / "stable-diffusion", tmp_path / "own")
    spoil(path)
    with pytest.raises(MissingWeights, match=told):
        fitted(path, view())


def test_nothing_is_downloaded_without_being_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    generator = PretrainedGenerator(pipeline="someone/pipeline")
    with pytest.raises(MissingWeights, match=r"no folder someone/pipeline.*`download: true` to fetch"):
        generator.check_usable(view().spec)
    asked = PretrainedGenerator(pipeline="someone/pipeline", download=True)
    asked.check_usable(view().spec)
    with pytest.raises(MissingWeights, match="HF_HUB_OFFLINE is set"):
        asked.prerequisites()[-1].check("generator 'pretrained'")
    with pytest.raises(MissingWeights, match=r"could not be downloaded \(.*set `pipeline` to its folder"):
        asked.fit(view(), Material().context())
    with pytest.raises(MissingWeights, match="no/such/folder contains no pipeline"):
        PretrainedGenerator(pipeline="no/such/folder").check_usable(view().spec)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"template": "a {klass}"}, "{klass} is unknown; there is {class}"),
        ({"template": "a {class"}, "template"),
        ({"size": (0, 8)}, "size must be positive"),
        ({"batch_size": 0}, "batch_size must be `auto` or at least 1"),
        ({"guidance": -1}, "greater than or equal to 0"),
        ({"strength": 0}, "greater than 0"),
    ],
)
def test_settings_out_of_range(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        PretrainedGenerator(pipeline="x/y", **settings)


def test_a_template_without_the_class_is_refused_for_several(pipelines: Path) -> None:
    generator = PretrainedGenerator(pipeline=str(pipelines / "stable-diffusion"), template="a photo")
    generator.check_usable(view(classes=("cat",)).spec)
    with pytest.raises(DataError, match=r"is the same for all 2 classes: write \{class\}"):
        generator.check_usable(view().spec)


def test_batches_are_halved_where_memory_does_not_suffice(pipelines: Path) -> None:
    train = view()
    sampler = fitted(pipelines / "stable-diffusion", train, batch_size=4)
    expected, calls = drawn(sampler, Request(0, 4)), sampler.calls

    def small(batch: Any, options: Any) -> Any:
        if len(batch.seeds) > 1:
            raise torch.OutOfMemoryError
        return calls(batch, options)

    sampler.calls = small  # type: ignore[assignment]
    assert np.abs(drawn(sampler, Request(0, 4)) - expected).max() < STEP


def test_latents_of_real_images_give_them_back(pipelines: Path) -> None:
    train = view((3, 16, 16))
    sampler = fitted(pipelines / "stable-diffusion", train, steps=20, guidance=1)
    for parameter in sampler.calls.pipeline.unet.conv_out.parameters():
        parameter.mul_(0.01)  # a random network changes too fast for a path of 20 steps
    latents = sampler.encode(train.samples)
    assert latents.shape == (6, 4 * 8 * 8)
    row = np.array([1])
    near = drawn(sampler, Request(1, 1, latents=latents[row]))
    other = drawn(sampler, Request(1, 1, latents=latents[[3]]))
    vae, real = sampler.calls.pipeline.vae, torch.from_numpy(train.samples.values[row])
    with torch.no_grad():
        image = vae.decode(vae.encode(real).latent_dist.mean).sample
    back = image.numpy().clip(-1, 1)
    assert np.abs(near - back).mean() < 0.5 * np.abs(other - back).mean()


def test_schedulers_and_adapters_by_name(pipelines: Path, tmp_path: Path) -> None:
    path = pipelines / "stable-diffusion"
    own, other = (
        drawn(fitted(path, view(), scheduler=name), Request(0, 1))
        for name in (None, "DPMSolverMultistepScheduler")
    )
    assert not np.array_equal(own, other)
    with pytest.raises(ConfigError, match="diffusers has no NoScheduler; there are DDIMScheduler"):
        fitted(path, view(), scheduler="NoScheduler")
    with pytest.raises(ConfigError, match="does not go with StableDiffusionPipeline"):
        fitted(path, view(), scheduler="FlowMatchEulerDiscreteScheduler")
    word = tmp_path / "word.safetensors"
    with pytest.raises(MissingWeights, match=r"word.safetensors of `adapters` is not a .safetensors file"):
        fitted(path, view(), adapters=[str(word)])
    save_file({"<own>": torch.randn(8, generator=torch.Generator().manual_seed(0)) * 5}, word)
    settings = {"adapters": [str(word)], "words": {"cat": "<own>"}}
    sampler = fitted(path, view(), **settings)
    assert not np.array_equal(drawn(sampler, Request(0, 1)), own)
    assert sampler.metadata(Request(0, 1), np.arange(1))[0]["prompt"] == "a photo of a <own>"
    assert word in PretrainedGenerator(pipeline=str(path), adapters=(word,)).reads()
