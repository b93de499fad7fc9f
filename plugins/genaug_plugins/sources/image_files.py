"""Reading of an image file as square 8-bit pixels."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from genaug.data.images import ByteArray

if TYPE_CHECKING:
    from PIL import Image

Filter = Literal["lanczos", "bicubic", "bilinear", "hamming", "box", "nearest"]
Fit = Literal["crop", "pad", "stretch"]
Channels = Literal["L", "RGB", "RGBA"]

_WITHOUT_DECODER = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"}
"""Formats that Pillow recognises but needs other programs to read."""

_DEEP = {"I", "F", "I;16", "I;16B", "I;16L", "I;16N"}
"""Pillow's modes of more than 8 bits a channel."""


@cache
def formats() -> tuple[str, ...]:
    """Return the names of the formats that can be read."""
    from PIL import Image

    Image.init()
    return tuple(sorted(Image.OPEN.keys() - _WITHOUT_DECODER))


@cache
def suffixes() -> frozenset[str]:
    """Return the lower-case suffixes of files that can be read, with the dot."""
    from PIL import Image

    return frozenset(
        suffix for suffix, name in Image.registered_extensions().items() if name in set(formats())
    )


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
        white: level that becomes 255 in images of more than 8 bits; None: 65535, for floats 1.0.
    """

    size: int
    channels: Channels
    resize: Filter
    fit: Fit
    background: str
    white: float | None


@dataclass(frozen=True, eq=False)
class Picture:
    """The result of reading one file.

    Attributes:
        pixels: uint8 ``[C, size, size]``.
        transparent: whether some pixel was not opaque.
        frames: whether the file has more frames than the one that was read.
        warnings: of Pillow about the file.
    """

    pixels: ByteArray
    transparent: bool
    frames: bool
    warnings: tuple[str, ...]


def read_picture(path: Path, reading: Reading) -> Picture:
    """Read the first frame of an image file, upright as its EXIF orientation says.

    Images of 16 or 32 bits and float images are scaled so that `white` becomes 255, not clipped.
    Colour profiles are not applied.

    Raises:
        UnreadableImage: with the reason.
    """
    from PIL import Image, ImageColor, ImageOps

    if not path.is_file():
        raise UnreadableImage("it is a broken link or no regular file")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            # Beyond Pillow's limit, a small file may expand to gigabytes.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=formats()) as opened:
                frames = opened.format != "MPO" and bool(getattr(opened, "is_animated", False))
                upright = ImageOps.exif_transpose(opened)
                upright.load()
            image = _to_eight_bits(upright, reading.white)
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
    return Picture(np.ascontiguousarray(pixels), transparent, frames, tuple(messages))


def _to_eight_bits(image: Image.Image, white: float | None) -> Image.Image:
    """Return the image in mode L, RGB or RGBA, at 8 bits."""
    from PIL import Image

    if image.mode in _DEEP:
        levels = np.asarray(image).astype(np.float64)
        top = white or (1.0 if image.mode == "F" else 65535.0)
        if not (levels.min() >= 0 and levels.max() <= top):  # false for NaN, too
            raise UnreadableImage(
                f"its levels reach from {levels.min():g} to {levels.max():g}, outside of 0 to {top:g}; "
                "set `white` to the level that is white"
            )
        return Image.fromarray(np.rint(levels * (255.0 / top)).astype(np.uint8))
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode == "L" else image.convert("L" if image.mode == "1" else "RGB")


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
