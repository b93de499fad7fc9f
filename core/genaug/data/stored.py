"""Samples whose values stay on disk (or in 8 bits) until they are accessed."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from genaug.data.images import ByteArray, from_uint8
from genaug.data.samples import BoolArray, FloatArray, IntArray, Samples, content_ids

FLOAT32: np.dtype[Any] = np.dtype(np.float32)
BLOCK_BYTES = 64 * 2**20
"""Most bytes of values that are read together, unless a single sample is larger."""
BLOCK_ROWS = 4096
"""Most samples that are read together."""


def rows_per_block(shape: tuple[int, ...], itemsize: int) -> int:
    """Return the number of samples of a shape that are read together."""
    return max(1, min(BLOCK_ROWS, BLOCK_BYTES // max(1, int(np.prod(shape)) * itemsize)))


class Block(NamedTuple):
    """Rows that are read together.

    Attributes:
        start: index of its first row.
        read: reads the values of all its rows.
    """

    start: int
    read: Callable[[], NDArray[Any]]


class StoredSamples(Samples):
    """Samples with labels and ids in memory and values that are read on access: all, or in batches.

    Args:
        blocks: all stored rows, in order.
        shape: of one sample.
        rows: int64 ``[N]``, which of the stored rows these samples are.
        labels: int64 ``[N]``.
        ids: ``[N]`` content hashes, stored with the values.
        targets: float32 ``[N, …]``, or None.
        dtype: of the values as they are read.
        soft_labels: float32 ``[N, classes]``, or None.
    """

    _blocks: tuple[Block, ...]
    _shape: tuple[int, ...]
    _rows: IntArray
    _dtype: np.dtype[Any]

    def __init__(
        self,
        blocks: tuple[Block, ...],
        shape: tuple[int, ...],
        rows: IntArray,
        labels: IntArray,
        ids: NDArray[np.str_],
        targets: FloatArray | None = None,
        dtype: np.dtype[Any] = FLOAT32,
        soft_labels: FloatArray | None = None,
    ) -> None:
        # Bypasses the frozen dataclass, as its own __init__ does.
        self.__dict__.update(labels=labels, ids=ids, targets=targets, soft_labels=soft_labels)
        self.__dict__.update(_blocks=blocks, _shape=shape, _rows=rows, _dtype=dtype)

    @cached_property
    def values(self) -> NDArray[Any]:
        """Return all values, ``[N, *shape]``; read once, then kept in memory."""
        return self._read(self._rows, _Reader(self._blocks))

    def take(self, rows: IntArray | BoolArray) -> "StoredSamples":
        """Return the given rows (indices or a mask); still on disk."""
        return StoredSamples(
            self._blocks,
            self._shape,
            self._rows[rows],
            self.labels[rows],
            self.ids[rows],
            None if self.targets is None else self.targets[rows],
            self._dtype,
            None if self.soft_labels is None else self.soft_labels[rows],
        )

    def batches(self, size: int = 4096) -> Iterator[Samples]:
        """Yield the samples in order, `size` at a time, with no others in memory."""
        reader = _Reader(self._blocks)
        for start in range(0, len(self), size):
            part = slice(start, start + size)
            targets = None if self.targets is None else self.targets[part]
            soft = None if self.soft_labels is None else self.soft_labels[part]
            samples = Samples(self._read(self._rows[part], reader), self.labels[part], targets, soft)
            samples.__dict__["ids"] = self.ids[part]  # known ids need not be computed again
            yield samples

    def _read(self, rows: IntArray, reader: "_Reader") -> NDArray[Any]:
        values: NDArray[Any] = np.empty((len(rows), *self._shape), dtype=self._dtype)
        starts = np.array([block.start for block in self._blocks])
        home = np.searchsorted(starts, rows, side="right") - 1
        order = np.argsort(home, kind="stable")  # each block is read once, for any order of rows
        for places in np.split(order, np.flatnonzero(np.diff(home[order])) + 1):
            if len(places):
                number = int(home[places[0]])
                values[places] = reader.block(number)[rows[places] - starts[number]]
        return values


class _Reader:
    """A reader that caches the last block, because the next batch often begins in it."""

    def __init__(self, blocks: tuple[Block, ...]) -> None:
        self._blocks = blocks
        self._last: tuple[int, NDArray[Any]] | None = None

    def block(self, number: int) -> NDArray[Any]:
        if self._last is None or self._last[0] != number:
            self._last = None  # frees it before the next one is read
            self._last = number, self._blocks[number].read()
        return self._last[1]


def image_samples(pixels: ByteArray, labels: IntArray, targets: FloatArray | None = None) -> StoredSamples:
    """Return images that are stored in memory in 8 bits and read as float32 in [-1, 1], batch by batch.

    Args:
        pixels: uint8 ``[N, C, H, W]``; not copied.
        labels: int64 ``[N]``.
        targets: float32 ``[N, …]``, or None.
    """
    shape = pixels.shape[1:]
    size = rows_per_block(shape, 4)
    blocks = tuple(
        Block(start, lambda start=start: from_uint8(pixels[start : start + size]))  # type: ignore[misc]
        for start in range(0, len(pixels), size)
    )
    ids = [content_ids(block.read()) for block in blocks]
    return StoredSamples(
        blocks,
        shape,
        np.arange(len(pixels)),
        labels,
        np.concatenate(ids) if ids else np.zeros(0, dtype="<U32"),
        targets,
    )
