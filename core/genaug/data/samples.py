"""Samples: values, labels, and ids, which are hashes of the values."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

UNLABELLED = -1
"""The label of a sample whose class is not known."""


def content_ids(values: NDArray[Any]) -> NDArray[np.str_]:
    """Return the content hash of each sample: 32 hex digits, equal for equal samples.

    In tables all NaNs are alike, and 0 equals -0; of texts the UTF-8 bytes are hashed.
    """
    if values.dtype == np.object_:
        rows = (hashlib.blake2b(text.encode(), digest_size=16, key=b"text") for text in values)
        return np.array([row.hexdigest() for row in rows], dtype="<U32")
    if values.dtype == np.float64:
        values = np.where(np.isnan(values), np.nan, values + 0.0)
    shape = repr((values.dtype.str, values.shape[1:])).encode()
    rows = (hashlib.blake2b(np.ascontiguousarray(v).data, digest_size=16, key=shape[:64]) for v in values)
    return np.array([row.hexdigest() for row in rows], dtype="<U32")


def one_hot(labels: IntArray, classes: int) -> FloatArray:
    """Return 1 for the class of each sample and 0 for others, float32 ``[N, classes]``; zeros without one."""
    found: FloatArray = (labels[:, None] == np.arange(classes)).astype(np.float32)
    return found


@dataclass(frozen=True, eq=False)
class Samples:
    """N samples with their labels.

    Attributes:
        values: ``[N, *shape]``: float32; float64 for tables, NaN where a value is missing; objects of
            type str ``[N]`` for texts.
        labels: int64 ``[N]``; -1 where the class is not known.
        targets: float32 ``[N, …]``, for tasks other than classification; None where there are none.
        soft_labels: float32 ``[N, classes]``, the share of each class, rows sum to 1; the label of a sample
            is then the class with the largest share. None: each sample is of one class.
    """

    values: NDArray[Any]
    labels: IntArray
    targets: FloatArray | None = None
    soft_labels: FloatArray | None = None

    def __post_init__(self) -> None:
        if len(self.values) != len(self.labels):
            raise ValueError(f"{len(self.values)} values but {len(self.labels)} labels")
        if self.values.dtype not in (np.float32, np.float64, np.object_) or self.labels.dtype != np.int64:
            raise ValueError(
                "values must be float32 (float64 for tables, str objects for text) and labels int64, "
                f"not {self.values.dtype} and {self.labels.dtype}"
            )
        if self.values.dtype == np.object_ and not all(isinstance(text, str) for text in self.values.flat):
            raise ValueError("values of dtype object must be texts (str)")
        if self.targets is not None and (
            len(self.targets) != len(self.labels) or self.targets.dtype != np.float32
        ):
            raise ValueError(
                f"targets must be float32 [{len(self.labels)}, …], "
                f"not {self.targets.dtype} {list(self.targets.shape)}"
            )
        soft = self.soft_labels
        if soft is not None and (soft.ndim != 2 or len(soft) != len(self) or soft.dtype != np.float32):
            raise ValueError(
                f"soft labels must be float32 [{len(self)}, classes], not {soft.dtype} {list(soft.shape)}"
            )

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def ids(self) -> NDArray[np.str_]:
        """Return the content hash of each sample's values, ``[N]``."""
        return content_ids(self.values)

    def take(self, rows: IntArray | BoolArray) -> "Samples":
        """Return a copy of the given rows (indices or a mask), which shares no memory with this object."""
        return Samples(
            self.values[rows],
            self.labels[rows],
            None if self.targets is None else self.targets[rows],
            None if self.soft_labels is None else self.soft_labels[rows],
        )

    def batches(self, size: int = 4096) -> "Iterator[Samples]":
        """Yield the samples in order, `size` at a time."""
        for start in range(0, len(self), size):
            yield self.take(np.arange(start, min(start + size, len(self))))

    def per_class(self, classes: int) -> IntArray:
        """Count the labelled samples of each class, ``[classes]``."""
        return np.bincount(self.labels[self.labels >= 0], minlength=classes).astype(np.int64)

    def class_shares(self, classes: int) -> FloatArray:
        """Return the share of each class in each sample, float32 ``[N, classes]``.

        The soft labels, where there are any; else 1 for the sample's class. Unlabelled samples have zeros.
        """
        return one_hot(self.labels, classes) if self.soft_labels is None else self.soft_labels

    @classmethod
    def join(cls, parts: Sequence["Samples"]) -> "Samples":
        """Return the parts, joined in order; with targets where all parts have them.

        Where some parts have soft labels, those of the others are 1 for the class of each sample.

        Raises:
            ValueError: where some parts have targets and others have none, or values differ in dtype.
        """
        dtypes = {part.values.dtype for part in parts}
        if len(dtypes) > 1:
            raise ValueError(f"samples of different dtypes cannot be joined: {sorted(map(str, dtypes))}")
        targets = [part.targets for part in parts if part.targets is not None]
        if targets and len(targets) < len(parts):
            raise ValueError(
                f"{len(targets)} of {len(parts)} parts have targets: all must have them, or none"
            )
        classes = next((part.soft_labels.shape[1] for part in parts if part.soft_labels is not None), None)
        return Samples(
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.labels for part in parts]),
            np.concatenate(targets) if targets else None,
            None if classes is None else np.concatenate([part.class_shares(classes) for part in parts]),
        )
