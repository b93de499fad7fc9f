"""A VAE on the latents of an AutoencoderKL of diffusers: a tiny random one, written to disk."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL

from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.errors import DataError, MissingWeights
from genaug.testing import Material
from genaug_plugins.generators.vae.first_stage import FirstStage
from genaug_plugins.generators.vae.sampler import VaeSampler
from genaug_plugins.generators.vae.vae import VaeGenerator


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("autoencoder")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        tiny = AutoencoderKL(
            block_out_channels=(4, 8, 8),
            down_block_types=("DownEncoderBlock2D",) * 3,
            up_block_types=("UpDecoderBlock2D",) * 3,
            norm_num_groups=2,
            latent_channels=2,
        )
    tiny.save_pretrained(written)
    return written


def images(shape: tuple[int, int, int], count: int = 6) -> TrainView:
    spec = SampleSpec(modality="image", shape=shape, class_names=("a", "b"), value_range=(-1.0, 1.0))
    values = np.random.default_rng(0).uniform(-1, 1, (count, *shape)).astype(np.float32)
    return TrainView(spec, Samples(values, np.arange(count) % 2))


def generator(folder: Path) -> VaeGenerator:
    return VaeGenerator(autoencoder=folder, width=4, steps=3, batch_size=4, latent_dim=3)


def fit(folder: Path, view: TrainView) -> VaeSampler:
    return generator(folder).fit(view, Material().context())


def test_its_latents_and_images_are_those_of_diffusers(folder: Path) -> None:
    view = images((3, 16, 24))
    stage = FirstStage(folder, view.spec, "cpu")
    network = AutoencoderKL.from_pretrained(folder)
    with torch.no_grad():
        latents = network.encode(torch.from_numpy(view.samples.values)).latent_dist.mean
        decoded = network.decode(latents).sample.numpy()
    assert stage.shape == (2, 4, 6)
    rounding = {"rtol": 1e-3, "atol": 1e-5}
    np.testing.assert_allclose(stage.encode(view.samples.values), latents.numpy(), **rounding)
    np.testing.assert_allclose(stage.decode(latents.numpy()), decoded.clip(-1, 1), **rounding)


@pytest.mark.parametrize("shape", [(1, 17, 23), (3, 16, 16)], ids=str)
def test_images_of_any_size_are_made_through_it(
    folder: Path, shape: tuple[int, int, int], tmp_path: Path
) -> None:
    view = images(shape)
    sampler = fit(folder, view)
    made = sampler.draw(Request(1, 3), np.random.default_rng(0))
    view.spec.check_values(made.values)
    assert sampler.encode(view.samples).shape == (6, 3)
    sampler.save(tmp_path)
    again = generator(folder).load(tmp_path, Material().context())
    assert np.array_equal(again.draw(Request(1, 3), np.random.default_rng(0)).values, made.values)


def test_its_files_are_part_of_the_result(folder: Path) -> None:
    read = generator(folder).reads()
    assert {path.name for path in read} == {"config.json", "diffusion_pytorch_model.safetensors"}
    assert all(path.is_file() for path in read)


def test_what_cannot_be_its_first_stage_is_refused_in_one_line(folder: Path, tmp_path: Path) -> None:
    spec = images((3, 16, 16)).spec
    with pytest.raises(MissingWeights, match=r"config.json does not exist in .*name the folder that") as told:
        generator(tmp_path / "none").check_usable(spec)
    assert "\n" not in str(told.value)
    with pytest.raises(DataError, match="reads images, not vector samples"):
        generator(folder).check_usable(SampleSpec(modality="vector", shape=(3,), class_names=("a",)))
    with pytest.raises(DataError, match="reads images of 3 channels, and these have 4"):
        generator(folder).check_usable(images((4, 16, 16)).spec)
    for content, said in (
        (json.dumps({"_class_name": "UNet2DModel"}), "describes a UNet2DModel, not an AutoencoderKL"),
        ("{", "is not JSON"),
        ("[]", "is not JSON"),
    ):
        (tmp_path / "config.json").write_text(content)
        (tmp_path / "diffusion_pytorch_model.safetensors").touch()
        with pytest.raises(DataError, match=said):
            generator(tmp_path).check_usable(spec)
    (tmp_path / "config.json").write_text((folder / "config.json").read_text())
    with pytest.raises(DataError, match="cannot be loaded"):
        fit(tmp_path, images((3, 16, 16)))
