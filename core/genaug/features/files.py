"""Feature files: written once, memory-mapped, searched by content id.

A cached matrix is a folder: `features.npy`, float32 ``[N, D]``; `ids.npy`, the 32 hex digits of each row's
content hash; `record.json`, the record of the space. It is written under a partial name, flushed and renamed.
"""

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap, write_array_header_1_0
from numpy.typing import NDArray

from genaug.data.samples import FloatArray, IntArray
from genaug.errors import StoreError

LETTERS = 32
"""Hex digits of a content hash."""
FEATURES, IDS, RECORD = "features.npy", "ids.npy", "record.json"
PARTIAL = ".partial"
"""Suffix of a folder that is being written."""
IN_MEMORY = 64 * 2**20
"""Bytes of features that are gathered in memory; more are gathered in a file."""
GATHERED = 2048
"""Rows that are gathered at once, which limits the resident part of a memory-mapped file."""

Ids = NDArray[np.bytes_]
"""Content hashes as ``S32``, which takes a quarter of the memory of str."""


class FeatureFile:
    """A cached matrix, open for reading."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.record: Mapping[str, str] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        self._rows, self.width = self.mapped().shape

    def __len__(self) -> int:
        return int(self._rows)

    @cached_property
    def ids(self) -> Ids:
        """Return the content hash of each row, ``[N]``."""
        ids: Ids = np.load(self._folder / IDS)
        return ids

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

    def mapped(self) -> FloatArray:
        """Return the features, memory-mapped and copied on write, float32 ``[N, D]``."""
        return np.asarray(open_memmap(self._folder / FEATURES, mode="c"))


def feature_files(folder: Path) -> list[Path]:
    """Return the finished cached matrices in the folder of a space."""
    return sorted(path.parent for path in folder.glob(f"*/{RECORD}") if path.parent.suffix != PARTIAL)


def write(folder: Path, ids: Ids, features: Iterator[FloatArray], record: Mapping[str, str]) -> None:
    """Write a cached matrix atomically, from a stream of rows.

    The rows are written to the file, not through a memory map: on a full disk, a map would end the process
    with a signal.

    Args:
        folder: of the matrix.
        ids: ``[N]``, N ≥ 1.
        features: batches of float32 ``[any, D]``, N rows in total.
        record: the record of the space.

    Raises:
        StoreError: where the disk is full.
    """
    fresh = folder.with_suffix(PARTIAL)
    try:
        with _writing(folder.parent):
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
            first = next(features)
            with (fresh / FEATURES).open("wb") as file:
                shape = (len(ids), first.shape[1])
                header = {"descr": "<f4", "fortran_order": False, "shape": shape}
                write_array_header_1_0(file, header)
                file.write(np.ascontiguousarray(first).data)
                for batch in features:
                    file.write(np.ascontiguousarray(batch).data)
                file.flush()
                os.fsync(file.fileno())
            with (fresh / IDS).open("wb") as file:
                np.save(file, ids)
                file.flush()
                os.fsync(file.fileno())
            (fresh / RECORD).write_text(json.dumps(dict(record)), encoding="utf-8")
            shutil.rmtree(folder, ignore_errors=True)  # can only be a broken one: it was not found
            fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


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
        return np.asarray(np.memmap(file, dtype=np.float32, mode="c", shape=shape))


def _blocks(files: Sequence[FeatureFile], home: IntArray, rows: IntArray) -> Iterator[FloatArray]:
    for start in range(0, len(rows), GATHERED):
        homes, wanted = home[start : start + GATHERED], rows[start : start + GATHERED]
        block = np.empty((len(wanted), files[0].width), dtype=np.float32)
        for number in np.unique(homes):
            here = homes == number
            block[here] = files[number].mapped()[wanted[here]]  # mapped again: nothing stays resident
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
