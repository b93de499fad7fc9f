"""Conversions of images: float in [-1, 1], 8 bits, PNG.

``float32 [-1, 1]  ⇄  uint8 [0, 255]  ⇄  PNG``. Starting from 8 bits, all conversions are lossless.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import FloatArray

ByteArray = NDArray[np.uint8]

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
"""Pillow's mode for each number of channels."""


def to_uint8(values: NDArray[np.floating[Any]]) -> ByteArray:
    """Round values in [-1, 1] to 8 bits; the shape stays, e.g. ``[N, C, H, W]``.

    ``from_uint8`` and back is the identity. Values outside [-1, 1] are clipped.

    Raises:
        ValueError: where a value is not finite.
    """
    if not np.isfinite(values).all():
        raise ValueError("images must be finite: there are NaN or infinite values")
    scaled = (np.asarray(values, dtype=np.float64) + 1.0) * 127.5
    pixels: ByteArray = np.rint(scaled.clip(0.0, 255.0)).astype(np.uint8)
    return pixels


def from_uint8(pixels: ByteArray) -> FloatArray:
    """Return ``pixels / 127.5 - 1`` as float32 in [-1, 1]; the shape stays."""
    values: FloatArray = pixels.astype(np.float32) / np.float32(127.5) - np.float32(1.0)
    return values


def encode_png(pixels: ByteArray) -> bytes:
    """Encode an image, uint8 ``[C, H, W]`` with 1 to 4 channels, as lossless PNG.

    Two channels are gray and alpha, four are colour and alpha.

    Raises:
        ValueError: for another dtype, rank or number of channels.
    """
    from PIL import Image

    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[0] not in MODES:
        raise ValueError(
            f"an image is uint8 [C, H, W] with 1 to 4 channels, not {pixels.dtype} {list(pixels.shape)}"
        )
    rows = pixels[0] if len(pixels) == 1 else np.ascontiguousarray(pixels.transpose(1, 2, 0))  # [H, W, C]
    file = io.BytesIO()
    Image.fromarray(rows).save(file, format="PNG")
    return file.getvalue()


def decode_png(data: bytes) -> ByteArray:
    """Decode a PNG of `encode_png` into uint8 ``[C, H, W]``.

    Raises:
        ValueError: for a PNG of another kind (palette, 1 or 16 bits), and for anything that is not a PNG.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            mode, pixels = image.mode, np.array(image)
    except (OSError, SyntaxError) as error:
        raise ValueError(f"these {len(data)} bytes are not a readable PNG: {error}") from error
    if mode not in MODES.values():
        raise ValueError(f"a PNG of mode {mode}, not one of {', '.join(MODES.values())}")
    return pixels[None] if pixels.ndim == 2 else np.ascontiguousarray(pixels.transpose(2, 0, 1))
