"""Arrays in an .npz file: images, signals or vectors, and the label of each."""

from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from genaug import Recognition, Source
from genaug.data import Dataset, Samples, SampleSpec
from genaug.errors import DataError
from genaug_plugins.sources.array_columns import class_labels, sample_groups, sample_targets
from genaug_plugins.sources.array_values import channels_first, detect_modality, image_levels
from genaug_plugins.sources.files import existing_file, file_sha256, row_origins
from genaug_plugins.sources.float32_values import float32_values
from genaug_plugins.sources.image_dataset import image_dataset
from genaug_plugins.sources.npz_file import read_npz
from genaug_plugins.sources.npz_recognition import sample_and_label_keys


class ArraysSource(Source):
    """Read samples and labels from one .npz file, as ``numpy.savez`` writes it.

    Signals and vectors are not changed; images are scaled to [-1, 1].
    """

    name: ClassVar[str] = "arrays"

    path: Path
    """The .npz file; it is read without pickle."""
    values: str = "values"
    """Key of the samples: images [N, H, W(, C)] or [N, C, H, W], signals [N, C, T], vectors [N, D]."""
    labels: str = "labels"
    """Key of the labels, [N]: whole numbers or class names."""
    groups: str | None = None
    """Key of the groups, [N]: samples of a group (a patient, a scene) are never split."""
    class_names: tuple[str, ...] | None = Field(default=None, min_length=1)
    """Names of the classes, in the order of the sorted labels; None: the labels themselves."""
    unlabelled: int | str | None = None
    """Label of samples of unknown class; they are used for training only."""
    targets: str | None = None
    """Key of what a task other than classification predicts, numbers [N, …]."""
    modality: Literal["auto", "image", "signal", "vector"] = "auto"
    """What a sample is; `auto`: by its axes (1 vector, 2 signal or, in bytes, image; 3 image)."""
    layout: Literal["auto", "channels-first", "channels-last"] = "auto"
    """Which axis the channels are; `auto`: images by which axis is 1 to 4 long, signals first."""
    levels: tuple[float, float] | None = None
    """Black and white of images; None: 0 to 255 for bytes, 0 to 65535 for 16 bits (or 0 to the highest number
    of fewer bits, where no number is higher: 1, 15, 4095), and for floats -1 to 1 where one is negative, else
    0 to 1."""

    def load(self) -> Dataset:
        """Read all samples, in the order of the file.

        Raises:
            DataError: naming the array that cannot be used, and what was expected.
        """
        path = existing_file(self.path, "an .npz file")
        keys = (self.values, self.labels, self.groups, self.targets)
        arrays = read_npz(path, [key for key in keys if key is not None])
        array = arrays[self.values]
        if not array.values.size or array.values.ndim == 0 or array.values.dtype.kind not in "biuf":
            raise DataError(f"{array.name} must contain numbers [N, …], not {array}")
        n = len(array.values)
        class_names, labels = class_labels(arrays[self.labels], n, self.class_names, self.unlabelled)
        groups = None if self.groups is None else sample_groups(arrays[self.groups], n)
        targets = None if self.targets is None else sample_targets(arrays[self.targets], n)
        origins = row_origins(path.name, n)
        details = {"origin": f"{self.values!r} of {path.name}"}

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

    def state(self) -> str:
        """Return the SHA-256 of the file.

        Raises:
            DataError: where it is missing.
        """
        return file_sha256(existing_file(self.path, "an .npz file"))

    @classmethod
    def recognize(cls, path: Path) -> Recognition | None:
        """Recognize an .npz file with an array of samples and one of labels, by their names or shapes.

        Raises:
            DataError: where a .npy file has no labels, or the arrays of an .npz file do not go together.
        """
        if not path.is_file() or path.suffix.lower() not in (".npz", ".npy"):
            return None
        if path.suffix.lower() == ".npy":
            raise DataError(
                f"{path} is one array, without labels: numpy.savez({path.stem + '.npz'!r}, values=…, "
                "labels=…) writes both into one file"
            )
        keys = sample_and_label_keys(path)
        found = f"the samples {keys.samples_shape} in {keys.values!r} and their labels in {keys.labels!r}"
        return Recognition({"path": path, "values": keys.values, "labels": keys.labels}, 0.9, found)
