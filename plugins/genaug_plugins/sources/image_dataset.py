"""A data set of 8-bit images."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from genaug.data import Dataset, SampleSpec
from genaug.data.images import ByteArray
from genaug.data.samples import FloatArray, IntArray
from genaug.data.stored import image_samples


def image_dataset(
    pixels: ByteArray,
    labels: IntArray,
    class_names: tuple[str, ...],
    origins: NDArray[np.str_],
    details: Mapping[str, str],
    *,
    targets: FloatArray | None = None,
    groups: NDArray[np.str_] | None = None,
    problems: Sequence[str] = (),
    views: NDArray[np.str_] | None = None,
    times: NDArray[np.float64] | None = None,
    files: NDArray[np.str_] | None = None,
    metadata: NDArray[np.object_] | None = None,
) -> Dataset:
    """Return a data set of images that are stored in 8 bits and read as float32 in [-1, 1].

    Args:
        pixels: uint8 ``[N, C, H, W]``; not copied.
        labels: int64 ``[N]``.
        class_names: of the labels from 0 upwards.
        origins: ``[N]``, where each image comes from.
        details: of the spec.
        targets: float32 ``[N, …]``, or None.
        groups: ``[N]``, or None.
        problems: as in `Dataset`.
        views: ``[N]``, or None.
        times: ``[N]``, or None.
        files: ``[N]``, or None.
        metadata: ``[N]``, or None.
    """
    spec = SampleSpec(
        modality="image",
        shape=pixels.shape[1:],
        class_names=class_names,
        value_range=(-1.0, 1.0),
        details=dict(details),
    )
    samples = image_samples(pixels, labels, targets)
    return Dataset(spec, samples, groups, origins, tuple(problems), views, times, files, metadata)
