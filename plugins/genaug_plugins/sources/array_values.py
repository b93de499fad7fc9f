"""The samples of an array: their modality, the axis of their channels, and the levels of images."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from genaug.errors import DataError
from genaug_plugins.sources.npz_file import NamedArray

Modality = Literal["image", "signal", "vector"]
Layout = Literal["auto", "channels-first", "channels-last"]

AXES: dict[Modality, tuple[int, ...]] = {"image": (2, 3), "signal": (1, 2), "vector": (1,)}
"""Possible numbers of axes of a sample."""


def detect_modality(array: NamedArray, wanted: Literal["auto"] | Modality) -> Modality:
    """Return the modality of samples ``[N, …]``: as set, otherwise by their axes.

    Raises:
        DataError: if samples of that modality have other numbers of axes.
    """
    axes = array.values.ndim - 1
    if wanted != "auto":
        if axes not in AXES[wanted]:
            raise DataError(
                f"{array.name} is {array}: not {wanted}s, whose samples have "
                f"{' or '.join(map(str, AXES[wanted]))} axes"
            )
        return wanted
    if axes not in (1, 2, 3):
        raise DataError(f"{array.name}: samples have 1 to 3 axes, not {array}")
    if axes == 2:
        return "image" if array.values.dtype == np.uint8 else "signal"
    return "vector" if axes == 1 else "image"


def channels_first(array: NamedArray, modality: Modality, layout: Layout) -> NDArray[Any]:
    """Return images as ``[N, C, H, W]``, signals as ``[N, C, T]``; vectors are not changed.

    Raises:
        DataError: if the axis of an image's channels is not clear.
    """
    values = array.values
    if modality == "vector":
        return values
    if values.ndim == {"image": 3, "signal": 2}[modality]:
        return values[:, None]  # one channel
    if layout == "auto" and modality == "image":
        first, last = values.shape[1] <= 4, values.shape[-1] <= 4
        if first == last:
            raise DataError(
                f"{array.name} is {array}: which axis is that of the 1 to 4 channels is not clear; set "
                "`layout`"
            )
        layout = "channels-last" if last else "channels-first"
    return np.moveaxis(values, -1, 1) if layout == "channels-last" else values


def image_levels(array: NamedArray, wanted: tuple[float, float] | None) -> tuple[float, float]:
    """Return the levels of black and white: as set, otherwise by the type of the numbers and the highest.

    Whole numbers whose highest is below 16, or in 16 bits below 2^15, have fewer bits than their type: white
    is then the highest number of as many bits (1, 15, 4095).

    Raises:
        DataError: if values are outside of these levels.
    """
    low, high = float(array.values.min()), float(array.values.max())
    if wanted is not None:
        black, white = wanted
    elif array.values.dtype.kind == "f":
        black, white = (-1.0 if low < 0 else 0.0), 1.0
    else:
        deep = array.values.dtype == np.uint16
        black, white = 0.0, 65535.0 if deep else 255.0
        if low >= 0 and 0 < high < (2**15 if deep else 16):
            white = 2.0 ** int(high).bit_length() - 1
    if not black <= low <= high <= white or black == white:
        raise DataError(
            f"{array.name} reaches from {low:g} to {high:g}, outside the levels {black:g} to {white:g}: "
            "set `levels` to the values of black and white"
        )
    return black, white
