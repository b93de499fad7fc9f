"""A DCGAN from someone's weights: a tiny one, and a real one where it is installed."""

import importlib.util
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import nn

from genaug import Context
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.errors import DataError, MissingWeights
from genaug.hooks import open_hooks
from genaug.testing.companions import MemoryCheckpoint
from genaug_plugins.generators.foreign_gan import ForeignGanGenerator

NOTHING = cast(Any, None)
CONTEXT = Context(0, "cpu", open_hooks([]), NOTHING, NOTHING, MemoryCheckpoint())


def faces(channels: int = 3, names: tuple[str, ...] = ("face",)) -> TrainView:
    spec = SampleSpec(modality="image", shape=(channels, 8, 8), class_names=names, value_range=(-1, 1))
    return TrainView(spec, Samples(np.zeros((2, *spec.shape), np.float32), np.zeros(2, dtype=np.int64)))


def tiny() -> nn.Sequential:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = nn.Sequential(
            nn.ConvTranspose2d(5, 8, 4, 1, 0, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.ConvTranspose2d(8, 4, 4, 2, 1, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.ConvTranspose2d(4, 3, 4, 2, 1),
            nn.Tanh(),
        )
        network(torch.randn(16, 5, 1, 1))  # statistics of batch normalization
    return network.eval()


def test_makes_what_the_network_makes_and_comes_back(tmp_path: Path) -> None:
    network = tiny()
    torch.save({"netG": network.state_dict(), "step": 3}, tmp_path / "dcgan.pt")
    generator = ForeignGanGenerator(weights=tmp_path / "dcgan.pt")
    sampler = generator.fit(faces(), CONTEXT)
    latents = np.random.default_rng(0).standard_normal((4, 5), dtype=np.float32)
    made = sampler.draw(Request(0, 4, latents=latents), np.random.default_rng(0)).values
    with torch.no_grad():
        known = network(torch.from_numpy(latents)[:, :, None, None]).numpy()
    np.testing.assert_allclose(made, known, atol=1e-6)
    (tmp_path / "fit").mkdir()
    sampler.save(tmp_path / "fit")
    again = generator.load(tmp_path / "fit", CONTEXT).draw(Request(0, 4, latents=latents), NOTHING).values
    np.testing.assert_array_equal(again, made)


def test_bad_weights_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match="does not exist"):
        ForeignGanGenerator(weights=tmp_path / "none.pt").check_usable(faces().spec)
    torch.save({"a": torch.zeros(3), "b": torch.zeros(2)}, tmp_path / "other.pt")
    with pytest.raises(DataError, match=r"holds 0 entries that are a DCGAN's generator.*has a, b"):
        ForeignGanGenerator(weights=tmp_path / "other.pt").fit(faces(), CONTEXT)
    torch.save(tiny().state_dict(), tmp_path / "dcgan.pt")
    generator = ForeignGanGenerator(weights=tmp_path / "dcgan.pt")
    with pytest.raises(DataError, match="makes images of 3 channels, and the data have 1"):
        generator.fit(faces(1), CONTEXT)
    with pytest.raises(DataError, match="say which class it makes"):
        generator.check_usable(faces(names=("face", "cat")).spec)


@pytest.mark.skipif(importlib.util.find_spec("gan_face_generate") is None, reason="gan-face-generate")
def test_faces_of_a_published_dcgan() -> None:
    spec = importlib.util.find_spec("gan_face_generate")
    assert spec is not None
    assert spec.origin is not None
    weights = Path(spec.origin).with_name("weights.tar")
    made = ForeignGanGenerator(weights=weights).fit(faces(), CONTEXT)
    images = made.draw(Request(0, 8), np.random.default_rng(0)).values
    assert images.shape == (8, 3, 64, 64)
    assert 0.3 < images.std() < 0.7
    steps = np.abs(np.diff(images, axis=3)).mean()
    assert steps < 0.3 * images.std()  # smooth, so not noise
