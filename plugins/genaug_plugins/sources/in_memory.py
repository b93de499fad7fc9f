"""Arrays or texts in memory, passed from Python."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar, Self
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PrivateAttr

from genaug import Source
from genaug.data import Dataset, Samples, SampleSpec
from genaug.data.encoding import object_array
from genaug.errors import DataError
from genaug_plugins.sources.array_columns import class_labels, sample_groups
from genaug_plugins.sources.array_settings import ArraySettings
from genaug_plugins.sources.array_values import detect_modality
from genaug_plugins.sources.files import row_origins
from genaug_plugins.sources.npz_file import NamedArray


class Held:
    """Arrays that a source holds, by name: values, labels, groups, targets."""

    def __init__(self, arrays: dict[str, NDArray[Any] | None]) -> None:
        self.arrays = arrays


_HELD: WeakValueDictionary[str, Held] = WeakValueDictionary()
"""The arrays in memory by their digest, so that a config finds them as long as a source holds them."""


class InMemorySource(ArraySettings, Source):
    """Read arrays or texts that are in the memory of a Python program: see `genaug.from_arrays`.

    A config names them by their hash. A finished run can be loaded, reported and exported without them; to
    make one of its stages again, pass them again.
    """

    name: ClassVar[str] = "in-memory"

    digest: str = Field(min_length=1)
    """Hash of the arrays."""

    _held: Held | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, values: Any, labels: Any, groups: Any = None, targets: Any = None, **settings: Any) -> Self:
        """Return the source of arrays; they are copied.

        Args:
            values: images ``[N, H, W(, C)]`` or ``[N, C, H, W]``, signals ``[N, C, T]``, vectors ``[N, D]``,
                or N texts.
            labels: whole numbers or class names, ``[N]``.
            groups: ``[N]``, samples of a group are never split; None: there are none.
            targets: numbers ``[N, …]``, what a task other than classification predicts.
            settings: those of the source `arrays`: class_names, unlabelled, modality, layout, levels.

        Raises:
            DataError: where one of them cannot be used.
        """
        if hasattr(values, "columns") and hasattr(values, "to_parquet"):
            raise DataError(
                "a data frame is a table, with columns of different types: write it with "
                "frame.to_parquet('table.parquet'), and use the source table-file"
            )
        given = {"values": values, "labels": labels, "groups": groups, "targets": targets}
        arrays = {name: _array(name, value) for name, value in given.items()}
        digest = hashlib.sha256()
        for name, array in arrays.items():
            if array is not None:
                digest.update(f"{name}\x1f{array.dtype.str}\x1f{array.shape}\x1f".encode())
                digest.update(np.ascontiguousarray(array).tobytes())
        source = cls(digest=digest.hexdigest(), **settings)
        source._held = _HELD.setdefault(source.digest, Held(arrays))
        source.load()  # what is wrong with them is said here
        return source

    def load(self) -> Dataset:
        """Return the samples.

        Raises:
            DataError: where the arrays cannot be used, or are no longer in memory.
        """
        held = self._held or _HELD.get(self.digest)
        if held is None:
            raise DataError(
                "the arrays of this config were in the memory of a Python program, and are not in this one: "
                "pass them again with genaug.from_arrays(values, labels)"
            )
        named = {
            name: None if array is None else NamedArray(array, f"the array {name!r}")
            for name, array in held.arrays.items()
        }
        values, labels, groups, targets = named.values()
        assert values is not None, "`of` refuses None"
        assert labels is not None, "`of` refuses None"
        if values.values.dtype.kind == "U":
            return self._texts(values, labels, groups)
        return self.dataset_of(values, labels, groups, targets, "memory", "arrays in memory")

    def known_modality(self) -> str | None:
        """Return the modality of the arrays; None where they are no longer in memory."""
        held = self._held or _HELD.get(self.digest)
        values = None if held is None else held.arrays["values"]
        if values is None:
            return None
        if values.dtype.kind == "U":
            return "text"
        return detect_modality(NamedArray(values, "the array 'values'"), self.modality)

    def state(self) -> str:
        """Return the hash of the arrays."""
        return self.digest

    def _texts(self, values: NamedArray, labels: NamedArray, groups: NamedArray | None) -> Dataset:
        texts = values.values
        if texts.ndim != 1:
            raise DataError(f"{values.name} must be [N] texts, not {values}")
        empty = np.flatnonzero(np.char.strip(texts) == "")
        if len(empty):
            raise DataError(f"{values.name} has an empty text in row {empty[0]}: remove it")
        count = len(texts)
        class_names, codes = class_labels(labels, count, self.class_names, self.unlabelled)
        details = {"text": "text", "label": "class", "origin": "texts in memory"}
        spec = SampleSpec(modality="text", shape=(), class_names=class_names, details=details)
        grouped = None if groups is None else sample_groups(groups, count)
        return Dataset(
            spec, Samples(object_array(texts.tolist()), codes), grouped, row_origins("memory", count)
        )


def _without_gaps(labels: NDArray[np.object_]) -> NDArray[Any]:
    """Return labels of which some are None: empty among texts, NaN among numbers."""
    empty: Any = "" if any(isinstance(label, str) for label in labels.flat) else np.nan
    return np.array([empty if label is None else label for label in labels.tolist()])


def _array(name: str, value: Any) -> NDArray[Any] | None:
    """Return a copy of what was given as an array of numbers or texts.

    Raises:
        DataError: where it is neither.
    """
    if value is None:
        if name in ("values", "labels"):
            raise DataError(f"{name} is None: give an array of one entry for each sample")
        return None
    if hasattr(value, "detach"):  # a torch tensor
        value = value.detach().cpu().numpy()
    try:
        array = np.array(value)
        if array.dtype == np.object_ and name == "labels":
            array = _without_gaps(array)
        if array.dtype == np.object_:
            wrong = next((one for one in array.flat if not isinstance(one, str)), None)
            array = np.array(array.tolist(), dtype=np.str_) if wrong is None else array
    except ValueError as error:
        raise DataError(f"{name} is not an array: {error}") from error
    if array.dtype == np.object_:
        raise DataError(f"{name} holds a {type(wrong).__name__}: give numbers, or texts alone")
    return array
