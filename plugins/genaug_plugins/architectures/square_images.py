"""The supported sizes of square images, and the number of channels at each resolution."""

import math

from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.architectures.modalities import check_modality

COARSEST = 4
"""Side of the coarsest features."""
SIZES = (8, 16, 32, 64, 128, 256)
"""Supported sides of an image."""


def check_square_images(spec: SampleSpec, architecture: str) -> None:
    """Raise an error for samples other than square images of 1 to 4 channels and one of the `SIZES`.

    Args:
        spec: of the samples.
        architecture: its name, for the message.

    Raises:
        DataError: naming the supported sizes and the nearest of them.
    """
    check_modality(spec, architecture, "image")
    channels, height, width = spec.shape
    if height != width or height not in SIZES:
        sizes = ", ".join(str(size) for size in SIZES)
        near = min(SIZES, key=lambda size: abs(math.log(size / max(height, width))))
        raise DataError(
            f"{architecture} makes square images of {sizes} pixels, not {height}×{width}: set the source's "
            f"`size` to one of these, e.g. `size: {near}`"
        )
    if channels > 4:
        raise DataError(f"{architecture} makes images of 1 to 4 channels, not {channels}")


def widths_from_coarsest(size: int, width: int, max_width: int) -> list[int]:
    """Return the number of channels at 4×4, 8×8, … up to the full size.

    Args:
        size: side of an image, one of the `SIZES`.
        width: channels at half the size, 2 or more; half as many at the full size, doubled at each halving.
        max_width: maximum number of channels.
    """
    doublings = int(math.log2(size // COARSEST))
    return [min(int(width * 2.0 ** (doublings - 1 - level)), max_width) for level in range(doublings + 1)]
