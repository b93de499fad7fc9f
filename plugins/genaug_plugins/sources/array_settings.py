"""Arrays as a data set: images, signals or vectors, with the label of each."""

from typing import Literal

import numpy as np
from pydantic import Field

from genaug.data import Dataset, Samples, SampleSpec
from genaug.errors import DataError
from genaug.settings import Settings
from genaug_plugins.sources.array_columns import class_labels, sample_groups, sample_targets
from genaug_plugins.sources.array_values import channels_first, detect_modality, image_levels
from genaug_plugins.sources.files import row_origins
from genaug_plugins.sources.float32_values import float32_values
from genaug_plugins.sources.image_dataset import image_dataset
from genaug_plugins.sources.npz_file import NamedArray


class ArraySettings(Settings):
    """The settings of sources that read arrays: what the labels and values mean."""

    class_names: tuple[str, ...] | None = Field(default=None, min_length=1)
    """Names of the classes, in the order of the sorted labels; None: the labels themselves."""
    unlabelled: int | str | None = None
    """Label of samples of unknown class, beside NaN and empty labels; they are used for training only. With
    `class_names`, -1 is no class where it is the only label without a name."""
    modality: Literal["auto", "image", "signal", "vector"] = "auto"
    """What a sample is; `auto`: by its axes (1 vector, 2 signal or, in bytes, image; 3 image)."""
    layout: Literal["auto", "channels-first", "channels-last"] = "auto"
    """Which axis the channels are; `auto`: images by which axis is 1 to 4 long, signals first."""
    levels: tuple[float, float] | None = None
    """Black and white of images; None: 0 to 255 for bytes, 0 to 65535 for 16 bits (or 0 to the highest number
    of fewer bits, where no number is higher: 1, 15, 4095), and for floats -1 to 1 where one is negative, else
    0 to 1."""

    def dataset_of(
        self,
        array: NamedArray,
        labels_array: NamedArray,
        groups_array: NamedArray | None,
        targets_array: NamedArray | None,
        origin: str,
        detail: str,
    ) -> Dataset:
        """Return arrays as a data set.

        Args:
            array: the samples, ``[N, …]``.
            labels_array: whole numbers or class names, ``[N]``.
            groups_array: ``[N]``, or None.
            targets_array: numbers ``[N, …]``, or None.
            origin: name of the file, or of what else they come from.
            detail: what they are, for the spec.

        Raises:
            DataError: naming the array that cannot be used, and what was expected.
        """
        if not array.values.size or array.values.ndim == 0 or array.values.dtype.kind not in "biuf":
            raise DataError(f"{array.name} must contain numbers [N, …], not {array}")
        n = len(array.values)
        class_names, labels = class_labels(labels_array, n, self.class_names, self.unlabelled)
        groups = None if groups_array is None else sample_groups(groups_array, n)
        targets = None if targets_array is None else sample_targets(targets_array, n)
        origins = row_origins(origin, n)
        details = {"origin": detail}

        modality = detect_modality(array, self.modality)
        bits = array.values.dtype == np.uint8 and image_levels(array, self.levels) == (0.0, 255.0)
        if modality == "image" and bits:
            details["levels"] = "0 to 255"
            pixels = np.ascontiguousarray(channels_first(array, modality, self.layout))
            return image_dataset(
                pixels, labels, class_names, origins, details, targets=targets, groups=groups
            )
        values = channels_first(array, modality, self.layout)
        values, problems = float32_values(values, array.name)
        if modality == "image":
            black, white = image_levels(array, self.levels)
            details["levels"] = f"{black:g} to {white:g}"
            if self.levels is None and array.values.dtype.kind in "bui" and white not in (255, 65535):
                problems = (
                    *problems,
                    f"the highest number of {array.name} is {int(array.values.max())}, so white is taken as "
                    f"{white:g}; set `levels` where that is wrong",
                )
            # As `from_uint8` computes it; rounding alone reaches outside of [-1, 1].
            values = ((values - np.float32(black)) / np.float32((white - black) / 2) - 1).clip(-1, 1)
        elif self.levels is not None:
            raise DataError(f"`levels` is for images, but the samples are {modality}s: remove it")
        spec = SampleSpec(
            modality=modality,
            shape=values.shape[1:],
            class_names=class_names,
            value_range=(-1.0, 1.0) if modality == "image" else None,
            details=details,
        )
        samples = Samples(np.ascontiguousarray(values), labels, targets)
        return Dataset(spec, samples, groups, origins, problems)
