import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from genaug.data.images import decode_png, encode_png, from_uint8, to_uint8


def test_eight_bits_survive_the_way_to_floats_and_back() -> None:
    every = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)
    values = from_uint8(every)
    assert values.dtype == np.float32
    assert (values.min(), values.max()) == (-1.0, 1.0)
    assert (to_uint8(values) == every).all()


def test_floats_are_rounded_to_the_nearest_level_and_clipped() -> None:
    values = np.array([-3.0, -1.0, 0.0, 0.0039, 1.0, 3.0], dtype=np.float32)
    assert to_uint8(values).tolist() == [0, 0, 128, 128, 255, 255]


def test_a_value_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN or infinite"):
        to_uint8(np.array([np.nan], dtype=np.float32))


@given(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_png_loses_nothing(channels: int, height: int, width: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (channels, height, width), dtype=np.uint8)
    data = encode_png(pixels)
    assert data == encode_png(pixels)
    assert (decode_png(data) == pixels).all()
    assert decode_png(data).shape == pixels.shape


def test_colour_under_full_transparency_survives() -> None:
    pixels = np.array([[[9]], [[8]], [[7]], [[0]]], dtype=np.uint8)
    assert (decode_png(encode_png(pixels)) == pixels).all()


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((5, 2, 2), dtype=np.uint8),
        np.zeros((2, 2), dtype=np.uint8),
        np.zeros((1, 2, 2), dtype=np.float32),
    ],
)
def test_what_is_no_image_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="1 to 4 channels"):
        encode_png(pixels)


def test_other_pngs_are_refused() -> None:
    file = io.BytesIO()
    Image.new("P", (2, 2)).save(file, format="PNG")
    with pytest.raises(ValueError, match="mode P"):
        decode_png(file.getvalue())
    with pytest.raises(ValueError, match="are not a readable PNG"):
        decode_png(b"no image")
    with pytest.raises(ValueError, match="are not a readable PNG"):
        decode_png(encode_png(np.zeros((3, 9, 9), dtype=np.uint8))[:40])
