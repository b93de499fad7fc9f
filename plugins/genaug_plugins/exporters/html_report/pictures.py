"""Pictures of samples, embedded in the page."""

import base64
import io
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from genaug.data import SampleSpec
from genaug.data.images import encode_png, to_uint8
from genaug.data.samples import FloatArray
from genaug_plugins.exporters.html_report.cards import CARDS, card

EXACT = 40
"""Longest side, in pixels, up to which images are shown exactly."""

DRAWN = ("image", "signal", *CARDS)
"""Modalities whose samples can be shown as pictures."""


class Detail(NamedTuple):
    """Resolution of the pictures.

    Attributes:
        side: longest side, in pixels, to which larger images are shrunk.
        quality: of their WebP compression, 0 to 100.
        points: maximum number of values drawn for each channel of a signal.
    """

    side: int
    quality: int
    points: int


DETAILS = (Detail(128, 85, 200), Detail(96, 80, 120), Detail(64, 70, 80), Detail(48, 55, 40))
"""From fine to coarse: the first that keeps the page below its maximum size is used."""

SMALL = Detail(64, 65, 60)
"""That of pictures which are shown only on demand, of which there are many."""

Reduced = Image.Image | FloatArray | bytes | str
"""A reduced sample, kept until it is drawn: a small image, a signal of few values, a PNG, or a card's SVG."""


def reduced(values: Any, spec: SampleSpec) -> Reduced:
    """Reduce a sample to what the finest detail needs, so that many fit in memory.

    Args:
        values: ``[C, H, W]`` in [-1, 1], C at most 4, a signal ``[C, T]``, a row ``[D]`` or a text.
        spec: their sample spec.
    """
    finest = DETAILS[0]
    if spec.modality in CARDS:
        return card(values, spec)
    if spec.modality == "signal":
        return _thinned(values, finest.points)
    pixels = to_uint8(values)
    if max(pixels.shape[1:]) <= EXACT:
        return encode_png(pixels)
    with Image.open(io.BytesIO(encode_png(pixels))) as opened:
        image = opened.convert("RGBA" if len(pixels) in (2, 4) else "RGB")
    image.thumbnail((finest.side, finest.side), Image.Resampling.LANCZOS)
    return image


def picture(sample: Reduced, detail: Detail) -> str:
    """Return the picture of a reduced sample: a drawing as ``<svg …>``, an image as a data URI.

    A drawing is part of the page: a browser needs a document of its own for each SVG file.
    """
    if isinstance(sample, str):
        return sample
    if isinstance(sample, bytes):
        return _uri("png", sample)
    if isinstance(sample, Image.Image):
        small, file = sample.copy(), io.BytesIO()
        small.thumbnail((detail.side, detail.side), Image.Resampling.LANCZOS)
        small.save(file, format="WEBP", quality=detail.quality)
        return _uri("webp", file.getvalue())
    return _curves(_thinned(sample, detail.points))


def _thinned(values: FloatArray, most: int) -> FloatArray:
    """Return at most `most` of a signal's values, evenly spaced in time, including both ends."""
    length = values.shape[1]
    steps = np.unique(np.linspace(0, length - 1, min(length, most)).round().astype(int))
    return np.ascontiguousarray(values[:, steps])


def _curves(values: FloatArray) -> str:
    """Draw each channel as a line over time, all on a scale shared by the channels."""
    low, high = float(values.min()), float(values.max())
    x = 2 + 96 * np.linspace(0, 1, values.shape[1])
    y = 58 - 56 * (values - low) / ((high - low) or 1.0)  # [C, points]
    colours = ("#2a86c0", "#d55e00", "#009e73", "#cc79a7")  # near Okabe & Ito 2008
    dashes = ("", "5 2", "2 2", "7 2 2 2")
    lines = "".join(
        f'<polyline fill="none" stroke="{colours[channel % 4]}" stroke-width="1.5" stroke-linejoin="round" '
        f'stroke-dasharray="{dashes[channel % 4]}" '
        f'points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, row, strict=True))}"/>'
        for channel, row in enumerate(y)
    )
    return f'<svg viewBox="0 0 100 60">{lines}</svg>'


def _uri(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
