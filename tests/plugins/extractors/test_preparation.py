"""What a network reads of images of any size, gray or colour, transparent or not."""

import numpy as np
import pytest
import torch
from PIL import Image

from genaug.data.images import from_uint8, to_uint8
from genaug_plugins.extractors.preparation import Preparation

PLAIN = {"mean": (0.0,) * 3, "std": (1.0,) * 3}


def pixels(channels: int, height: int, width: int, n: int = 2) -> np.ndarray:
    rng = np.random.default_rng(0)
    coarse = torch.from_numpy(rng.uniform(0, 255, (n, channels, 5, 5)))
    fine = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic").clamp(0, 255)
    return fine.round().numpy().astype(np.uint8)


@pytest.mark.parametrize("filter", ["bicubic", "bilinear"])
@pytest.mark.parametrize("sides", [(50, 70), (300, 20), (9, 13), (1, 1), (32, 32)])
def test_resizing_is_pillows(filter: str, sides: tuple[int, int]) -> None:
    given = pixels(3, *sides)
    how = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}[filter]
    ours = Preparation(32, **PLAIN, filter=filter, eight_bits=True)(torch.from_numpy(from_uint8(given)))
    for image, found in zip(given, ours.numpy() * 255, strict=True):
        theirs = np.asarray(Image.fromarray(image.transpose(1, 2, 0)).resize((32, 32), how))
        # Pillow rounds to 8 bits, and cuts what overshoots, between the two axes, too.
        apart = np.abs(found - theirs.transpose(2, 0, 1))
        assert apart.max() <= 8
        assert apart.mean() <= 0.5


def test_cropping_keeps_the_centre_of_the_longer_side() -> None:
    wide = np.full((1, 3, 10, 30), -1, dtype=np.float32)
    wide[..., 10:20] = 1
    crop, squash = (Preparation(10, **PLAIN, fit=fit)(torch.from_numpy(wide)) for fit in ("crop", "squash"))
    np.testing.assert_allclose(crop, 1, atol=1e-6)
    assert crop.shape == squash.shape == (1, 3, 10, 10)
    assert float(squash.mean()) == pytest.approx(1 / 3, abs=0.02)


def test_the_prepared_are_normalized() -> None:
    values = torch.from_numpy(from_uint8(pixels(3, 16, 16)))
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    found = Preparation(16, mean, std)(values)
    expected = ((values + 1) / 2 - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_resizing_overshoots_no_range() -> None:
    edges = torch.from_numpy(np.sign(np.random.default_rng(0).normal(size=(2, 1, 9, 9))).astype(np.float32))
    found = Preparation(40, **PLAIN)(edges)
    assert found.shape == (2, 3, 40, 40)
    assert float(found.min()) >= 0
    assert float(found.max()) <= 1


def test_alpha_is_laid_on_white_before_anything_is_resized() -> None:
    rng = np.random.default_rng(0)
    colours, alpha = pixels(3, 24, 18), rng.integers(0, 256, (2, 1, 24, 18)).astype(np.uint8)
    share = alpha / 255
    flat = from_uint8(to_uint8((colours * share + 255 * (1 - share)) / 127.5 - 1))
    one = Preparation(16, **PLAIN)(torch.from_numpy(from_uint8(np.concatenate([colours, alpha], axis=1))))
    np.testing.assert_allclose(one, Preparation(16, **PLAIN)(torch.from_numpy(flat)), atol=0.005)


def test_the_record_says_what_is_done() -> None:
    crop = Preparation(32, **PLAIN, filter="bilinear", fit="crop")
    assert crop.record((40, 60))["resize"] == "bilinear, antialiased, shorter side, centre cropped"
    assert crop.record((40, 40))["resize"] == "bilinear, antialiased"
    assert crop.record((32, 32))["resize"] == "none"
    assert crop.record((32, 32))["normalization"] == "mean 0/0/0, std 1/1/1"
