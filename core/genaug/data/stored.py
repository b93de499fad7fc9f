"""Samples whose values stay on disk until they are asked for."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import BoolArray, FloatArray, IntArray, Samples


class Block(NamedTuple):
    """Say where rows lie that are read together.

    Attributes:
        start: number of its first row.
        read: reads the values of all its rows.
    """

    start: int
    read: Callable[[], FloatArray]


class StoredSamples(Samples):
    """Hold labels and ids, and read values when they are asked for: all at once, or by batches.

    Args:
        blocks: all that is stored, in order.
        shape: of one sample.
        rows: int64 ``[N]``, which of the stored rows these samples are.
        labels: int64 ``[N]``.
        ids: ``[N]`` content hashes, as they were when the values were written.
    """

    _blocks: tuple[Block, ...]
    _shape: tuple[int, ...]
    _rows: IntArray

    def __init__(
        self,
        blocks: tuple[Block, ...],
        shape: tuple[int, ...],
        rows: IntArray,
        labels: IntArray,
        ids: NDArray[np.str_],
    ) -> None:
        # Written past the frozen dataclass, as its own __init__ does.
        self.__dict__.update(labels=labels, ids=ids, _blocks=blocks, _shape=shape, _rows=rows)

    @cached_property
    def values(self) -> FloatArray:
        """Return all values, ``[N, *shape]``; read once, and kept."""
        return self._read(self._rows, _Reader(self._blocks))

    def take(self, rows: IntArray | BoolArray) -> "StoredSamples":
        """Return the given rows (indices or a mask); still on disk."""
        return StoredSamples(self._blocks, self._shape, self._rows[rows], self.labels[rows], self.ids[rows])

    def batches(self, size: int = 4096) -> Iterator[Samples]:
        """Yield the samples in order, `size` at a time, holding no others."""
        reader = _Reader(self._blocks)
        for start in range(0, len(self), size):
            part = slice(start, start + size)
            samples = Samples(self._read(self._rows[part], reader), self.labels[part])
            samples.__dict__["ids"] = self.ids[part]  # known: no need to hash again
            yield samples

    def _read(self, rows: IntArray, reader: "_Reader") -> FloatArray:
        values = np.empty((len(rows), *self._shape), dtype=np.float32)
        starts = np.array([block.start for block in self._blocks])
        home = np.searchsorted(starts, rows, side="right") - 1
        order = np.argsort(home, kind="stable")  # each block is read once, whatever the order of the rows
        for places in np.split(order, np.flatnonzero(np.diff(home[order])) + 1):
            if len(places):
                number = int(home[places[0]])
                values[places] = reader.block(number)[rows[places] - starts[number]]
        return values


class _Reader:
    """Keep the block read last: the next batch often begins in it."""

    def __init__(self, blocks: tuple[Block, ...]) -> None:
        self._blocks = blocks
        self._last: tuple[int, FloatArray] | None = None

    def block(self, number: int) -> FloatArray:
        if self._last is None or self._last[0] != number:
            self._last = None  # let go of it before the next one is read
            self._last = number, self._blocks[number].read()
        return self._last[1]
