"""Images between the data and a pipeline: sizes, channels, transparency, masks."""

from __future__ import annotations

import numpy as np

from genaug.data import SampleSpec
from genaug.data.resampling import LUMINANCE, at_spec
from genaug.data.samples import BoolArray, FloatArray


def for_pipeline(
    values: FloatArray, data: SampleSpec, size: tuple[int, ...]
) -> tuple[FloatArray, FloatArray | None]:
    """Return images of the data in colour at a pipeline's size, and their transparency.

    Args:
        values: ``[N, C, h, w]`` of the data; 2 and 4 channels end with transparency.
        data: their spec.
        size: H, W.

    Returns:
        Colours ``[N, 3, H, W]``; ``[N, 1, H, W]``, or None without transparency.
    """
    wanted = data.model_copy(update={"shape": (data.shape[0], *size)})
    images = at_spec(values, data, wanted)
    alpha = images[:, -1:] if data.shape[0] in (2, 4) else None
    colour = images if alpha is None else images[:, :-1]
    if colour.shape[1] == 1:
        colour = np.repeat(colour, 3, axis=1)
    return np.ascontiguousarray(colour), alpha


def from_pipeline(images: FloatArray, channels: int, alpha: FloatArray | None = None) -> FloatArray:
    """Return images ``[N, 1 or 3, H, W]`` of a pipeline with the channels of the data, ``[N, C, H, W]``.

    Args:
        images: of the pipeline.
        channels: C, 1 to 4; 2 and 4 end with transparency.
        alpha: transparency ``[N, 1, H, W]``; None: opaque.
    """
    wanted = channels - 1 if channels in (2, 4) else channels
    if images.shape[1] == 3 and wanted == 1:
        images = np.einsum("nchw,c->nhw", images, LUMINANCE)[:, None]
    elif images.shape[1] < wanted:
        images = np.repeat(images, wanted, axis=1)
    if wanted < channels:
        images = np.concatenate([images, np.ones_like(images[:, :1]) if alpha is None else alpha], axis=1)
    return images.astype(np.float32)


def masks_at(masks: BoolArray, size: tuple[int, ...]) -> BoolArray:
    """Return masks ``[M, 1, h, w]`` at another size by the nearest pixel, ``[M, 1, H, W]``."""
    rows, columns = (np.arange(new) * old // new for new, old in zip(size, masks.shape[2:], strict=True))
    resized: BoolArray = masks[:, :, rows][:, :, :, columns]
    return resized
