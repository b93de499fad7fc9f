"""Arrays in an .npz file: images, signals or vectors, and the label of each."""

from pathlib import Path
from typing import ClassVar

from genaug import Recognition, Source
from genaug.data import Dataset
from genaug.errors import DataError
from genaug_plugins.sources.array_settings import ArraySettings
from genaug_plugins.sources.array_values import detect_modality
from genaug_plugins.sources.files import existing_file, file_sha256
from genaug_plugins.sources.npz_file import npz_header, read_npz
from genaug_plugins.sources.npz_recognition import sample_and_label_keys


class ArraysSource(ArraySettings, Source):
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
    targets: str | None = None
    """Key of what a task other than classification predicts, numbers [N, …]."""

    def load(self) -> Dataset:
        """Read all samples, in the order of the file.

        Raises:
            DataError: naming the array that cannot be used, and what was expected.
        """
        path = existing_file(self.path, "an .npz file")
        keys = (self.values, self.labels, self.groups, self.targets)
        arrays = read_npz(path, [key for key in keys if key is not None])
        groups, targets = (None if key is None else arrays[key] for key in (self.groups, self.targets))
        detail = f"{self.values!r} of {path.name}"
        return self.dataset_of(arrays[self.values], arrays[self.labels], groups, targets, path.name, detail)

    def known_modality(self) -> str | None:
        """Return the modality that is set, else that of the array's shape; None where the file is missing."""
        if self.modality != "auto":
            return self.modality
        try:
            array = npz_header(self.path.expanduser(), self.values)
            return detect_modality(array, "auto")
        except (DataError, OSError):
            return None  # said by `load`

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
