"""Arrays in an .npz file: images, signals or vectors, and the label of each."""

import hashlib
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug import Source
from genaug.data import Dataset, Samples, SampleSpec
from genaug.data.samples import UNLABELLED
from genaug.data.stored import image_samples
from genaug.errors import DataError

Array = NDArray[Any]


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
    """Black and white of images; None: 0 to 255 for bytes, 0 to 65535 for 16 bits, and for floats
    -1 to 1 where one is negative, else 0 to 1."""

    def load(self) -> Dataset:
        """Read all samples, in the order of the file.

        Raises:
            DataError: naming the array that cannot be used, and what was expected.
        """
        arrays = self._arrays()
        raw, labels = arrays[self.values], self._labels(arrays[self.labels])
        n = len(raw) if raw.ndim else 0
        if not n or raw.dtype.kind not in "biuf" or 0 in raw.shape:
            raise DataError(f"{self._called(self.values)} must contain numbers [N, …], not {_described(raw)}")
        groups = None if self.groups is None else arrays[self.groups].astype(np.str_)
        for key, column in ((self.labels, labels), (self.groups, groups)):
            if column is not None and column.shape != (n,):
                raise DataError(
                    f"{self._called(key)} has shape {list(column.shape)}, but there are {n} samples in "
                    f"{self.values!r}: it must be [{n}]"
                )
        unlabelled = labels.astype(np.str_) == str(self.unlabelled) if self.unlabelled is not None else None
        known = labels if unlabelled is None else labels[~unlabelled]
        found = np.unique(known)
        names = self._names(found)
        indices = np.searchsorted(found, labels).astype(np.int64)
        if unlabelled is not None:
            indices[unlabelled] = UNLABELLED
        targets = None if self.targets is None else self._targets(arrays[self.targets], n)
        modality = self._modality(raw)
        if modality == "image" and raw.dtype == np.uint8 and self.levels in (None, (0.0, 255.0)):
            pixels = np.ascontiguousarray(self._channels_first(raw, modality))  # stays 8 bits
            details = {"origin": f"{self.values!r} of {self.path.name}", "levels": "0 to 255"}
            spec = SampleSpec(
                modality=modality,
                shape=pixels.shape[1:],
                class_names=names,
                value_range=(-1.0, 1.0),
                details=details,
            )
            return Dataset(spec, image_samples(pixels, indices, targets), groups, self._origins(n))
        with np.errstate(over="ignore"):  # what overflows is refused below
            values = raw.astype(np.float32)
        bad = np.flatnonzero(~np.isfinite(values.reshape(n, -1)).all(axis=1))
        if len(bad):
            raise DataError(
                f"{self._called(self.values)} has NaN or infinite values in {len(bad)} of {n} samples, the "
                f"first in row {bad[0]}: fill or remove them"
            )
        details = {"origin": f"{self.values!r} of {self.path.name}"}
        if modality != "vector":
            values = self._channels_first(values, modality)
        if modality == "image":
            black, white = self._levels(raw)
            details["levels"] = f"{black:g} to {white:g}"
            # As `from_uint8` computes it; rounding alone reaches outside of [-1, 1].
            values = ((values - np.float32(black)) / np.float32((white - black) / 2) - 1).clip(-1, 1)
        elif self.levels is not None:
            raise DataError(f"`levels` is for images, but the samples are {modality}s: remove it")
        spec = SampleSpec(
            modality=modality,
            shape=values.shape[1:],
            class_names=names,
            value_range=(-1.0, 1.0) if modality == "image" else None,
            details=details,
        )
        samples = Samples(np.ascontiguousarray(values), indices, targets)
        return Dataset(spec, samples, groups, self._origins(n))

    def state(self) -> str:
        """Return the SHA-256 of the file.

        Raises:
            DataError: where it is missing.
        """
        with self._file().open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _file(self) -> Path:
        path = self.path.expanduser()
        if not path.is_file():
            raise DataError(f"there is no file {path}; set `path` to an .npz file")
        return path

    def _origins(self, n: int) -> NDArray[np.str_]:
        return np.array([f"{self.path.name}[{row}]" for row in range(n)])

    def _targets(self, targets: Array, n: int) -> NDArray[np.float32]:
        if targets.shape[:1] != (n,) or targets.dtype.kind not in "biuf":
            raise DataError(
                f"{self._called(self.targets)} must hold {n} rows of numbers, not {_described(targets)}"
            )
        return targets.astype(np.float32)

    def _called(self, key: str | None) -> str:
        return f"the array {key!r} of {self.path}"

    def _arrays(self) -> Mapping[str, Array]:
        path = self._file()
        wanted = [key for key in (self.values, self.labels, self.groups, self.targets) if key is not None]
        if not zipfile.is_zipfile(path):
            raise DataError(
                f"{path} is not an .npz file; write one with numpy.savez({path.stem!r}, values=…, labels=…)"
            )
        with np.load(path, allow_pickle=False) as file:
            missing = [key for key in wanted if key not in file.files]
            if missing:
                raise DataError(
                    f"{path} has no array {missing[0]!r}; it has {', '.join(map(repr, file.files)) or 'none'}"
                    ". Name them in the settings `values`, `labels` and `groups`"
                )
            read = {}
            for key in wanted:
                try:
                    read[key] = file[key]
                except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
                    raise DataError(
                        f"{self._called(key)} cannot be read: {error}. Arrays of Python objects are not "
                        "read, for safety: save numbers or strings"
                    ) from error
            return read

    def _labels(self, labels: Array) -> Array:
        """Return whole numbers or strings ``[N]``; a column ``[N, 1]`` is taken as one."""
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = labels[:, 0]
        if labels.dtype.kind == "S":
            return np.char.decode(labels, "utf-8")
        if labels.dtype.kind == "f" and (labels == np.rint(labels)).all():
            return labels.astype(np.int64)
        if labels.ndim != 1 or labels.dtype.kind not in "biuU":
            raise DataError(
                f"{self._called(self.labels)} must be [N] whole numbers or class names, "
                f"not {_described(labels)}"
            )
        return labels

    def _names(self, found: Array) -> tuple[str, ...]:
        if not len(found):
            raise DataError(
                f"{self._called(self.labels)} has no class: every sample is {self.unlabelled!r}, unlabelled"
            )
        if self.class_names is None:
            return tuple(map(str, found))
        if len(self.class_names) != len(found) or len(set(self.class_names)) != len(found):
            shown = ", ".join(map(str, found[:20])) + (", …" if len(found) > 20 else "")
            raise DataError(
                f"class_names has {len(self.class_names)} names, but {self._called(self.labels)} has "
                f"{len(found)} classes ({shown}): give a unique name for each, in this order"
            )
        return self.class_names

    def _modality(self, raw: Array) -> str:
        axes = raw.ndim - 1
        allowed = {"image": (2, 3), "signal": (1, 2), "vector": (1,)}
        if self.modality == "auto":
            guess = {1: "vector", 2: "image" if raw.dtype == np.uint8 else "signal", 3: "image"}.get(axes)
            if guess is None:
                raise DataError(
                    f"{self._called(self.values)}: samples have 1 to 3 axes, not {_described(raw)}"
                )
            return guess
        if axes not in allowed[self.modality]:
            raise DataError(
                f"{self._called(self.values)} is {_described(raw)}: not {self.modality}s, whose samples have "
                f"{' or '.join(map(str, allowed[self.modality]))} axes"
            )
        return self.modality

    def _channels_first(self, values: Array, modality: str) -> Array:
        """Return images as ``[N, C, H, W]``, signals as ``[N, C, T]``."""
        if values.ndim == {"image": 3, "signal": 2}[modality]:
            return values[:, None]  # one channel
        layout = self.layout
        if layout == "auto" and modality == "image":
            first, last = values.shape[1] <= 4, values.shape[-1] <= 4
            if first == last:
                raise DataError(
                    f"{self._called(self.values)} is {_described(values)}: which axis holds the 1 to 4 "
                    "channels is not clear; set `layout`"
                )
            layout = "channels-last" if last else "channels-first"
        return np.moveaxis(values, -1, 1) if layout == "channels-last" else values

    def _levels(self, raw: Array) -> tuple[float, float]:
        low, high = float(raw.min()), float(raw.max())
        if self.levels is not None:
            black, white = self.levels
        elif raw.dtype.kind == "f":
            black, white = (-1.0 if low < 0 else 0.0), 1.0
        else:
            black, white = 0.0, {np.uint8: 255.0, np.uint16: 65535.0}.get(raw.dtype.type, 255.0)
        if not black <= low <= high <= white or black == white:
            raise DataError(
                f"{self._called(self.values)} reaches from {low:g} to {high:g}, outside the levels "
                f"{black:g} to {white:g}: set `levels` to what is black and white"
            )
        return black, white


def _described(array: Array) -> str:
    return f"{array.dtype} {list(array.shape)}"
