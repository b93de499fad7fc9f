"""Resampling of samples from the generator's resolution to that of the data."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.data.encoding import rounded
from genaug.data.samples import FloatArray
from genaug.data.spec import SampleSpec

LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)
"""Weights of red, green and blue in a gray value: ITU-R BT.601, as in Pillow's mode ``L``."""


def why_not(made: SampleSpec, wanted: SampleSpec) -> str:
    """Return why samples of one spec cannot be converted to another; "" where they can."""
    for name in ("modality", "class_names", "value_range", "columns"):
        of_made, of_wanted = getattr(made, name), getattr(wanted, name)
        if of_made != of_wanted:
            return f"its {name.replace('_', ' ')} is {of_made!r}, not {of_wanted!r}"
    if made.shape == wanted.shape:
        return ""
    channels = made.shape[:1], wanted.shape[:1]
    if made.modality == "image" and (channels[0] == channels[1] or set(channels) == {(1,), (3,)}):
        return ""
    if made.modality == "signal" and channels[0] == channels[1]:
        return ""
    return f"its samples have the shape {list(made.shape)}, which cannot be read as {list(wanted.shape)}"


def at_spec(values: NDArray[Any], made: SampleSpec, wanted: SampleSpec) -> NDArray[Any]:
    """Return values ``[N, *made.shape]`` at the shape of another spec, ``[N, *wanted.shape]``.

    Images are resized by Pillow's Lanczos filter, antialiased, each axis by itself; colour becomes gray
    by ITU-R BT.601, gray becomes colour by repetition; values are rounded to 8 bits, as in all images of
    a pool. Signals are resampled by a polyphase filter.

    Raises:
        ValueError: where `why_not` gives a reason.
    """
    reason = why_not(made, wanted)
    if reason:
        raise ValueError(reason)
    if made.shape == wanted.shape:
        return values
    resized = _images(values, wanted.shape) if made.modality == "image" else _signals(values, wanted.shape[1])
    return rounded(resized if wanted.value_range is None else resized.clip(*wanted.value_range), wanted)


def _images(values: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    from PIL import Image

    channels, height, width = shape
    if values.shape[1] == 3 and channels == 1:
        values = np.einsum("nchw,c->nhw", values, LUMINANCE)[:, None]
    resized = np.empty((len(values), values.shape[1], height, width), dtype=np.float32)
    for sample, image in zip(resized, values, strict=True):
        for channel, plane in zip(sample, image, strict=True):
            picture = Image.fromarray(np.ascontiguousarray(plane))  # float32 gives mode F
            channel[:] = picture.resize((width, height), Image.Resampling.LANCZOS)
    return np.repeat(resized, channels, axis=1) if resized.shape[1] < channels else resized


def _signals(values: FloatArray, length: int) -> FloatArray:
    from scipy.signal import resample_poly

    resampled: FloatArray = resample_poly(values, length, values.shape[2], axis=2, padtype="line")
    return resampled.astype(np.float32)
