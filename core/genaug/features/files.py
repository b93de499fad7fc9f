"""Feature files: written once, memory-mapped, searched by content id.

A feature file is a safetensors file whose tensor `features` comes first, so that it can be memory-mapped;
`ids` has the 32 hex digits of each row's content hash; the metadata is the record of the space.
"""

import errno
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import FloatArray, IntArray
from genaug.errors import StoreError

LETTERS = 32
"""Hex digits of a content hash."""
ALIGNED = 64
IN_MEMORY = 64 * 2**20
"""Bytes of features that are gathered in memory; more are gathered in a file."""
GATHERED = 2048
"""Rows that are gathered at once, which limits the resident part of a memory-mapped file."""

Ids = NDArray[np.bytes_]
"""Content hashes as ``S32``, which takes a quarter of the memory of str."""


class FeatureFile:
    """A feature file, open for reading."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length))
        self.record: Mapping[str, str] = header.get("__metadata__", {})
        self._shape: tuple[int, int] = tuple(header["features"]["shape"])
        self._offset = 8 + length

    def __len__(self) -> int:
        return self._shape[0]

    @property
    def width(self) -> int:
        """Return the dimension of the space."""
        return self._shape[1]

    @cached_property
    def ids(self) -> Ids:
        """Return the content hash of each row, ``[N]``."""
        behind = self._offset + 4 * len(self) * self.width
        return np.fromfile(self._path, dtype=f"S{LETTERS}", count=len(self), offset=behind)

    @cached_property
    def _order(self) -> IntArray:
        return np.argsort(self.ids)

    def find(self, ids: Ids) -> IntArray:
        """Return the row of each id; -1 where the file does not contain it."""
        place = np.searchsorted(self.ids, ids, sorter=self._order).clip(max=len(self) - 1)
        rows = self._order[place]
        return np.where(self.ids[rows] == ids, rows, -1)

    def run(self, ids: Ids) -> int | None:
        """Return the first row where the ids are consecutive rows; None where they are not."""
        start = np.flatnonzero(self.ids == ids[0])
        if not len(start) or not np.array_equal(self.ids[start[0] : start[0] + len(ids)], ids):
            return None
        return int(start[0])

    def mapped(self, start: int, rows: int) -> FloatArray:
        """Return these rows, memory-mapped and copied on write."""
        offset = self._offset + 4 * start * self.width
        return _mapped(self._path, offset, (rows, self.width))


def write(path: Path, ids: Ids, features: Iterator[FloatArray], record: Mapping[str, str]) -> None:
    """Write a feature file atomically, from a stream of rows.

    Args:
        path: of the file.
        ids: ``[N]``, N ≥ 1.
        features: batches of float32 ``[any, D]``, N rows in total.
        record: the record of the space.

    Raises:
        StoreError: where the disk is full.
    """
    fresh = path.with_suffix(".new")
    try:
        with _writing(path.parent), fresh.open("wb") as file:
            first = next(features)
            file.write(_header(len(ids), first.shape[1], record))
            file.write(np.ascontiguousarray(first).data)
            for batch in features:
                file.write(np.ascontiguousarray(batch).data)
            file.write(ids.tobytes())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def gathered(files: Sequence[FeatureFile], home: IntArray, rows: IntArray, folder: Path) -> FloatArray:
    """Gather rows of several files, in memory or, if they are large, in an unnamed file.

    Args:
        files: of one space.
        home: int64 ``[N]``, index of the file of each row.
        rows: int64 ``[N]``, index of the row in that file.
        folder: for the unnamed file.

    Raises:
        StoreError: where the disk is full.
    """
    shape = (len(rows), files[0].width)
    if 4 * shape[0] * shape[1] <= IN_MEMORY:
        return np.concatenate(list(_blocks(files, home, rows)))
    with (
        _writing(folder),
        tempfile.TemporaryFile(dir=folder) as file,
    ):  # removed with the mapping, however the process ends
        for block in _blocks(files, home, rows):
            file.write(block.data)
        file.flush()
        return _mapped(file, 0, shape)


def _blocks(files: Sequence[FeatureFile], home: IntArray, rows: IntArray) -> Iterator[FloatArray]:
    for start in range(0, len(rows), GATHERED):
        homes, wanted = home[start : start + GATHERED], rows[start : start + GATHERED]
        block = np.empty((len(wanted), files[0].width), dtype=np.float32)
        for number in np.unique(homes):
            file, here = files[number], homes == number
            block[here] = file.mapped(0, len(file))[wanted[here]]  # mapped again: nothing stays resident
        yield block


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            raise  # an error of the extractor
        raise StoreError(
            f"cannot write features to {folder}: {error.strerror}. Free disk space, or choose another "
            "output folder"
        ) from error


def _mapped(file: Any, offset: int, shape: tuple[int, int]) -> FloatArray:
    return np.asarray(np.memmap(file, dtype=np.float32, mode="c", offset=offset, shape=shape))


def _header(rows: int, width: int, record: Mapping[str, str]) -> bytes:
    """Return the header of a safetensors file."""
    end = 4 * rows * width
    header = {
        "__metadata__": dict(record),
        "features": {"dtype": "F32", "shape": [rows, width], "data_offsets": [0, end]},
        "ids": {"dtype": "U8", "shape": [rows, LETTERS], "data_offsets": [end, end + LETTERS * rows]},
    }
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % ALIGNED)
    return len(text).to_bytes(8, "little") + text
