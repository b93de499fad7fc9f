"""Samples as pictures that stand in the page itself."""

import base64
import io

import numpy as np
from PIL import Image

from genaug.data.images import ByteArray, encode_png, to_uint8
from genaug.data.samples import FloatArray

EXACT = 40
"""Longest side, in pixels, up to which images are shown exactly."""

SHRUNK = 128
"""Longest side to which larger images are shrunk."""

DRAWN = ("image", "signal")
"""Modalities whose samples can be shown as pictures."""


def data_uri(values: FloatArray, modality: str) -> str:
    """Return a picture of one sample as a data URI.

    Args:
        values: ``[C, H, W]`` in [-1, 1], C at most 4, or a signal ``[C, T]``.
        modality: `image` or `signal`.
    """
    if modality == "signal":
        return _uri("svg+xml", _curves(values).encode())
    pixels = to_uint8(values)
    if max(pixels.shape[1:]) <= EXACT:
        return _uri("png", encode_png(pixels))
    return _uri("webp", _webp(pixels))


def _webp(pixels: ByteArray) -> bytes:
    with Image.open(io.BytesIO(encode_png(pixels))) as opened:
        image = opened.convert("RGBA" if len(pixels) in (2, 4) else "RGB")
    image.thumbnail((SHRUNK, SHRUNK), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, format="WEBP", quality=85)
    return file.getvalue()


def _curves(values: FloatArray) -> str:
    """Draw each channel as a line over time, all on the signal's own scale, at most 200 points."""
    steps = np.unique(np.linspace(0, values.shape[1] - 1, min(values.shape[1], 200)).round().astype(int))
    low, high = float(values.min()), float(values.max())
    x = 2 + 96 * steps / max(values.shape[1] - 1, 1)
    y = 58 - 56 * (values[:, steps] - low) / ((high - low) or 1.0)  # [C, points]
    colours = ("#4c8dae", "#c2783c", "#7a9a4a", "#9a6bb0")
    lines = "".join(
        f'<polyline fill="none" stroke="{colours[channel % 4]}" stroke-width="1.5" stroke-linejoin="round" '
        f'points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, row, strict=True))}"/>'
        for channel, row in enumerate(y)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 60">{lines}</svg>'


def _uri(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
