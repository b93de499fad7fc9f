"""Samples at another resolution."""

import numpy as np
import pytest

from genaug.data import SampleSpec
from genaug.data.images import from_uint8, to_uint8
from genaug.data.resampling import at_spec, why_not


def image(*shape: int) -> SampleSpec:
    return SampleSpec(modality="image", shape=shape, class_names=("a",), value_range=(-1.0, 1.0))


def signal(*shape: int) -> SampleSpec:
    return SampleSpec(modality="signal", shape=shape, class_names=("a",))


def test_a_smooth_image_keeps_its_shades_in_any_size() -> None:
    ramp = np.broadcast_to(np.linspace(-0.8, 0.8, 64, dtype=np.float32), (2, 1, 64, 64)).copy()
    small = at_spec(ramp, image(1, 64, 64), image(1, 16, 8))
    assert small.shape == (2, 1, 16, 8)
    assert small.dtype == np.float32
    centres = np.linspace(-0.8, 0.8, 64).reshape(8, 8).mean(axis=1)
    assert small[0, 0, 5, 1:-1] == pytest.approx(centres[1:-1], abs=0.01)
    assert np.array_equal(from_uint8(to_uint8(small)), small)  # rounded to 8 bits


def test_a_fine_pattern_does_not_alias() -> None:
    stripes = np.tile(np.array([-1, 1], dtype=np.float32), 32)
    small = at_spec(np.broadcast_to(stripes, (1, 1, 64, 64)).copy(), image(1, 64, 64), image(1, 16, 16))
    assert np.abs(small[:, :, :, 2:-2]).max() < 0.02


def test_colour_becomes_gray_and_gray_becomes_colour() -> None:
    red = np.zeros((1, 3, 4, 4), dtype=np.float32) - 1
    red[:, 0] = 1
    gray = at_spec(red, image(3, 4, 4), image(1, 4, 4))
    assert gray == pytest.approx(np.full((1, 1, 4, 4), 2 * 0.299 - 1), abs=0.005)
    colour = at_spec(gray, image(1, 4, 4), image(3, 4, 4))
    assert np.array_equal(colour, np.repeat(gray, 3, axis=1))


def test_a_signal_keeps_its_wave_in_any_length() -> None:
    def wave(length: int) -> np.ndarray:
        return np.sin(2 * np.pi * 3 * np.arange(length) / length)[None, None].astype(np.float32)

    longer = at_spec(wave(100), signal(1, 100), signal(1, 250))
    assert longer.shape == (1, 1, 250)
    assert longer.dtype == np.float32
    assert longer[0, 0, 20:-20] == pytest.approx(wave(250)[0, 0, 20:-20], abs=0.02)


def test_the_same_shape_is_not_touched() -> None:
    values = np.zeros((2, 1, 4, 4), dtype=np.float32)
    assert at_spec(values, image(1, 4, 4), image(1, 4, 4)) is values


@pytest.mark.parametrize(
    ("made", "wanted", "reason"),
    [
        (image(4, 8, 8), image(3, 8, 8), r"shape \[4, 8, 8\], which cannot be read as \[3, 8, 8\]"),
        (signal(2, 8), signal(1, 8), r"shape \[2, 8\]"),
        (signal(1, 8), image(1, 8, 8), "its modality is 'signal', not 'image'"),
        (
            image(1, 8, 8).model_copy(update={"class_names": ("b",)}),
            image(1, 8, 8),
            r"its class names is \('b',\)",
        ),
    ],
)
def test_what_cannot_be_read_is_refused(made: SampleSpec, wanted: SampleSpec, reason: str) -> None:
    assert why_not(made, wanted)
    with pytest.raises(ValueError, match=reason):
        at_spec(np.zeros((1, *made.shape), dtype=np.float32), made, wanted)
