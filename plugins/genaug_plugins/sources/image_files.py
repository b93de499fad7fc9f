"""Reading of an image file as square 8-bit pixels."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from genaug.data.images import ByteArray
from genaug_plugins.sources.image_formats import formats, without_decoder

if TYPE_CHECKING:
    from PIL import Image

Filter = Literal["lanczos", "bicubic", "bilinear", "hamming", "box", "nearest"]
Fit = Literal["crop", "pad", "stretch"]
Channels = Literal["L", "RGB", "RGBA"]
Depth = Literal["1 bit", "8 bits", "more than 8 bits", "floats"]
Box = tuple[float, float, float, float]

DEEP: tuple[Depth, ...] = ("more than 8 bits", "floats")

WHITE: dict[Depth, float] = {"8 bits": 255.0, "more than 8 bits": 65535.0, "floats": 1.0}
"""Level of white in images of each depth, where nothing else is known."""

_DEEP_MODES = {"I", "F", "I;16", "I;16B", "I;16L", "I;16N"}
"""Pillow's modes of more than 8 bits a channel."""


class UnreadableImage(Exception):
    """A file cannot be read as an image; raised and caught within the sources."""


@dataclass(frozen=True)
class Reading:
    """Settings of reading image files.

    Attributes:
        size: side of the square, in pixels.
        channels: Pillow's mode of the result.
        resize, fit: filter, and how another shape becomes a square.
        background: colour under transparent pixels and beside padded images.
        black: level that becomes 0, for each depth where it is not 0.
        white: level that becomes 255, for each depth.
    """

    size: int
    channels: Channels
    resize: Filter
    fit: Fit
    background: str
    black: Mapping[Depth, float]
    white: Mapping[Depth, float]


@dataclass(frozen=True, eq=False)
class Picture:
    """The result of reading one file.

    Attributes:
        pixels: uint8 ``[C, size, size]``.
        transparent: whether some pixel was not opaque.
        frames: whether the file has more frames than the one that was read.
        warnings: of Pillow about the file.
        depth: of its levels.
        top: its highest level, transparency aside.
        side: its shorter side before the resize, in pixels.
    """

    pixels: ByteArray
    transparent: bool
    frames: bool
    warnings: tuple[str, ...]
    depth: Depth
    top: float
    side: int


def read_picture(content: Path | bytes, reading: Reading, box: Box | None = None) -> Picture:
    """Read the first frame of an image file, upright as its EXIF orientation says.

    Levels are scaled so that `black` becomes 0 and `white` 255, not clipped. Colour profiles are not applied.

    Args:
        content: the file, or its bytes.
        reading: settings.
        box: left, top, right and bottom of the part to read, in pixels; None: the whole image.

    Raises:
        UnreadableImage: with the reason.
    """
    from PIL import Image, ImageColor, ImageOps

    if isinstance(content, Path):
        if not content.is_file():
            raise UnreadableImage("it is a broken link or no regular file")
        if content.suffix.lower() in without_decoder():
            raise UnreadableImage(without_decoder()[content.suffix.lower()])
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            # Beyond Pillow's limit, a small file may expand to gigabytes.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            file = content if isinstance(content, Path) else BytesIO(content)
            with Image.open(file, formats=formats()) as opened:
                frames = opened.format != "MPO" and bool(getattr(opened, "is_animated", False))
                upright = ImageOps.exif_transpose(opened)
                upright.load()
            if box is not None:
                left, top_edge, right, bottom = map(round, box)
                upright = upright.crop((left, top_edge, right, bottom))
            depth = _depth(upright)
            image, top = _to_eight_bits(upright, depth, reading)
    except UnreadableImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableImage(
            f"it has more than {Image.MAX_IMAGE_PIXELS or 0:,} pixels; make it smaller"
        ) from error
    except Exception as error:  # decoders raise errors of many types for broken files
        raise UnreadableImage(f"{type(error).__name__}: {error}") from error
    alpha = image.getextrema()[-1] if image.mode == "RGBA" else (255, 255)
    transparent = alpha != (255, 255)
    if image.mode == "RGBA" and reading.channels != "RGBA":
        ground = Image.new("RGBA", image.size, ImageColor.getcolor(reading.background, "RGBA"))
        image = Image.alpha_composite(ground, image).convert("RGB")
    pixels = np.asarray(_to_square(image.convert(reading.channels), reading))
    pixels = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)  # [C, H, W]
    messages = dict.fromkeys(str(warning.message) for warning in caught)
    side = min(upright.size)
    return Picture(np.ascontiguousarray(pixels), transparent, frames, tuple(messages), depth, top, side)


def _depth(image: Image.Image) -> Depth:
    if image.mode == "F":
        return "floats"
    if image.mode in _DEEP_MODES:
        return "more than 8 bits"
    return "1 bit" if image.mode == "1" else "8 bits"


def _to_eight_bits(image: Image.Image, depth: Depth, reading: Reading) -> tuple[Image.Image, float]:
    """Return the image in mode L, RGB or RGBA, at 8 bits, and its highest level before."""
    from PIL import Image

    if depth == "1 bit":
        return image.convert("L"), 1.0
    white, black = reading.white[depth], reading.black.get(depth, 0.0)
    if depth != "8 bits":
        levels = np.asarray(image).astype(np.float64)
        _check_levels(levels.min(), levels.max(), black, white)
        scaled = np.rint((levels - black) * (255.0 / (white - black))).astype(np.uint8)
        return Image.fromarray(scaled), float(levels.max())
    if image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode != "L":
        image = image.convert("RGB")
    colours = image.getbands().index("A") if image.mode == "RGBA" else len(image.getbands())
    extremes = np.array(image.getextrema()).reshape(-1, 2)[:colours]
    top = float(extremes.max())
    if (black, white) != (0.0, 255.0):
        if image.mode != "RGBA":  # what is under transparent pixels may be anything
            _check_levels(extremes.min(), top, black, white)
        scale = (
            np.rint((np.arange(256) - black) * (255.0 / (white - black))).clip(0, 255).astype(int).tolist()
        )
        image = image.point(scale * colours + (list(range(256)) if image.mode == "RGBA" else []))
    return image, top


def _check_levels(lowest: float, highest: float, black: float, white: float) -> None:
    if not (lowest >= black and highest <= white):  # false for NaN, too
        raise UnreadableImage(
            f"its levels reach from {lowest:g} to {highest:g}, outside of {black:g} to {white:g}; "
            "set `white` to the level that is white, and `black` to the one that is black"
        )


def _to_square(image: Image.Image, reading: Reading) -> Image.Image:
    from PIL import Image, ImageColor, ImageOps

    size, resample = reading.size, Image.Resampling[reading.resize.upper()]
    if image.size == (size, size):
        return image
    # Pillow widens its filters' support when it shrinks, and weighs colours by their alpha.
    if reading.fit == "stretch":
        return image.resize((size, size), resample)
    if reading.fit == "crop":
        return ImageOps.fit(image, (size, size), resample)
    longest = max(image.size)
    width, height = (max(1, round(side * size / longest)) for side in image.size)
    colour = ImageColor.getcolor(reading.background, image.mode)
    if image.mode == "RGBA":
        colour = (0, 0, 0, 0)
    square = Image.new(image.mode, (size, size), colour)
    square.paste(image.resize((width, height), resample), ((size - width) // 2, (size - height) // 2))
    return square
