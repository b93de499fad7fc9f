"""Masks of the parts of samples that are made anew."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import BoolArray, FloatArray
from genaug.errors import DataError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".gif")
BLUR = 8
"""The salient part is that of the mean over a window of an eighth of each side."""


def centre_box(axes: tuple[int, ...], size: float) -> BoolArray:
    """Return the mask of a box in the centre, ``[1, *axes]``; its sides are `size` times the sample's."""
    return _boxes(axes, size, np.full((1, len(axes)), 0.5))


def random_boxes(axes: tuple[int, ...], size: float, count: int, rng: np.random.Generator) -> BoolArray:
    """Return masks of boxes at random places, ``[count, *axes]``."""
    return _boxes(axes, size, rng.random((count, len(axes))))


def _boxes(axes: tuple[int, ...], size: float, places: NDArray[np.float64]) -> BoolArray:
    """Return masks of boxes; places in [0, 1) are from the first possible one to the last, ``[M, axes]``."""
    masks = np.ones((len(places), *axes), dtype=np.bool_)
    for axis, length in enumerate(axes):
        side = min(max(round(size * length), 1), length)
        first = (places[:, axis] * (length - side + 1)).astype(np.int64)
        place = np.arange(length)
        inside = (place >= first[:, None]) & (place < first[:, None] + side)  # [M, length]
        masks &= inside.reshape(len(places), *(length if own == axis else 1 for own in range(len(axes))))
    return masks


def random_columns(columns: int, size: float, count: int, rng: np.random.Generator) -> BoolArray:
    """Return masks of random columns, ``[count, columns]``: `size` of them, at least one."""
    chosen = min(max(round(size * columns), 1), columns)
    order = rng.random((count, columns)).argsort(axis=1)
    masks: BoolArray = order < chosen
    return masks


def salient(values: FloatArray, size: float) -> BoolArray:
    """Return masks of the parts where values change most, ``[N, *axes]``: `size` of each sample.

    The energy of the gradient, Σ over channels and axes of squared central differences, is averaged over a
    window, so that the masks are coherent regions around edges.

    Args:
        values: ``[N, C, *axes]``.
        size: share of the places.
    """
    from scipy.ndimage import uniform_filter

    axes = values.shape[2:]
    energy = np.zeros((len(values), *axes))
    for axis, length in enumerate(axes):
        if length > 1:
            energy += (np.gradient(values.astype(np.float64), axis=axis + 2) ** 2).sum(axis=1)
    window = (0, *(max(1, length // BLUR) for length in axes))
    energy = uniform_filter(energy, size=[max(one, 1) for one in window], mode="nearest")
    flat = energy.reshape(len(values), -1)
    count = min(max(round(size * flat.shape[1]), 1), flat.shape[1] - 1)
    order = np.argsort(-flat, axis=1, kind="stable")[:, :count]
    masks = np.zeros(flat.shape, dtype=np.bool_)
    np.put_along_axis(masks, order, True, axis=1)
    return masks.reshape(len(values), *axes)


def mask_files(folder: Path) -> list[Path]:
    """Return the images of a folder.

    Raises:
        DataError: where it does not exist or has none.
    """
    if not folder.is_dir():
        raise DataError(f"the folder of masks {folder} does not exist")
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not found:
        raise DataError(f"the folder of masks {folder} has no images ({', '.join(SUFFIXES)})")
    return found


def read_masks(paths: list[Path], axes: tuple[int, ...]) -> BoolArray:
    """Return masks of image files, ``[M, H, W]``, True where they are brighter than half.

    Raises:
        DataError: where a file cannot be read, or marks nothing or everything.
    """
    from PIL import Image

    masks = []
    for path in paths:
        try:
            with Image.open(path) as image:
                scaled = image.convert("L").resize((axes[1], axes[0]), Image.Resampling.NEAREST)
        except OSError as error:
            raise DataError(f"the mask {path} cannot be read: {error}") from error
        masks.append(np.asarray(scaled) > 127)
        if not masks[-1].any():
            raise DataError(
                f"the mask {path} has no white pixel at {axes[1]}×{axes[0]}: nothing would be made anew"
            )
    return np.stack(masks)
