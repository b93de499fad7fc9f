"""Samples: values, labels, and ids that are hashes of their content."""

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


def content_ids(values: NDArray[Any]) -> NDArray[np.str_]:
    """Return the content hash of each sample: 32 hex digits, equal for equal samples."""
    shape = repr((values.dtype.str, values.shape[1:])).encode()
    rows = (hashlib.blake2b(np.ascontiguousarray(v).data, digest_size=16, key=shape[:64]) for v in values)
    return np.array([row.hexdigest() for row in rows], dtype="<U32")


@dataclass(frozen=True, eq=False)
class Samples:
    """Hold N samples with their labels.

    Attributes:
        values: float32 ``[N, *shape]``.
        labels: int64 ``[N]``.
    """

    values: FloatArray
    labels: IntArray

    def __post_init__(self) -> None:
        if len(self.values) != len(self.labels):
            raise ValueError(f"{len(self.values)} values but {len(self.labels)} labels")
        if self.values.dtype != np.float32 or self.labels.dtype != np.int64:
            raise ValueError(
                f"values must be float32 and labels int64, not {self.values.dtype} and {self.labels.dtype}"
            )

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def ids(self) -> NDArray[np.str_]:
        """Return the content hash of each sample, ``[N]``."""
        return content_ids(self.values)

    def take(self, rows: IntArray | BoolArray) -> "Samples":
        """Return a copy of the given rows (indices or a mask), sharing no memory with this."""
        return Samples(self.values[rows], self.labels[rows])

    def batches(self, size: int = 4096) -> "Iterator[Samples]":
        """Yield the samples in order, `size` at a time."""
        for start in range(0, len(self), size):
            yield self.take(np.arange(start, min(start + size, len(self))))

    def per_class(self, classes: int) -> IntArray:
        """Count the samples of each class, ``[classes]``."""
        return np.bincount(self.labels, minlength=classes).astype(np.int64)

    @classmethod
    def join(cls, parts: Sequence["Samples"]) -> "Samples":
        """Return the parts one behind the other."""
        return cls(np.concatenate([p.values for p in parts]), np.concatenate([p.labels for p in parts]))
