"""Rows of features wherever they are stored: in memory, in a mapped file, on a device."""

import mmap
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from genaug.errors import DataError

Indices = NDArray[np.int64]
Floats = NDArray[np.float32]

BLOCK = 2**12
"""Number of rows gathered at once."""
_HASHED = 2**21
"""Number of values hashed at once."""


class Rows:
    """Rows of features ``[N, D]``, read block by block as float32 or float64 tensors.

    The features are never copied or cast as a whole, only block by block if necessary. Half
    precision becomes float32, integers become float64; both are exact up to 2⁵³.

    Args:
        features: an array, a tensor on any device, or a mapped file.
        what: their name in an error.

    Raises:
        DataError: if they are not ``[N, D]`` real numbers.
    """

    def __init__(self, features: ArrayLike | Tensor, what: str) -> None:
        if isinstance(features, Tensor):
            self._source: NDArray[Any] | Tensor = features.detach()
            real = not features.is_complex()
            narrow = features.dtype in (torch.float32, torch.float16, torch.bfloat16)
            self.device = features.device
        else:
            self._source = array = np.asarray(features)
            real = array.dtype.kind in "biuf"
            narrow = array.dtype in (np.float32, np.float16)
            self.device = torch.device("cpu")
            if array.dtype in (np.float32, np.float64) and array.flags.writeable and array.flags.aligned:
                try:
                    self._source = torch.from_numpy(array)  # shares the memory
                except (TypeError, ValueError):  # foreign byte order, negative strides
                    self._source = array
        self._index: Indices | None = None
        self.dtype = torch.float32 if narrow else torch.float64
        if not real:
            raise DataError(f"{what} must be real numbers, not {self._source.dtype}")
        if self._source.ndim != 2 or self._source.shape[1] == 0:
            shape = list(self._source.shape)
            raise DataError(f"{what} must be [N, D] with D at least 1, not {shape}")
        self.dimensions = int(self._source.shape[1])

    def __len__(self) -> int:
        return len(self._source) if self._index is None else len(self._index)

    def beside(self, other: "Rows") -> Self:
        """Return these rows in the common dtype and on the common device of both sets."""
        device = other.device if self.device.type == "cpu" else self.device
        dtype = torch.promote_types(self.dtype, other.dtype)
        return self._changed(device=device, dtype=dtype)

    def only(self, index: Indices) -> Self:
        """Return some of these rows, in this order."""
        return self._changed(_index=index if self._index is None else self._index[index])

    def _changed(self, **attributes: Any) -> Self:
        changed = object.__new__(type(self))
        changed.__dict__.update(self.__dict__ | attributes)
        return changed

    def block(self, rows: slice) -> Tensor:
        """Return rows in a run, ``[B, D]``; not to be written to."""
        if self._index is not None:
            return self._gathered(self._index[rows])
        if isinstance(self._source, Tensor):
            return self._source[rows].to(self.device, self.dtype)
        return self._copied(self._source, rows)

    def take(self, index: Indices) -> Tensor:
        """Return these rows, ``[B, D]``, in this order."""
        return self._gathered(index if self._index is None else self._index[index])

    def _gathered(self, index: Indices) -> Tensor:
        if isinstance(self._source, Tensor):
            at = torch.from_numpy(index).to(self._source.device)
            return self._source.index_select(0, at).to(self.device, self.dtype)
        return self._copied(self._source, index)

    def _copied(self, source: NDArray[Any], rows: slice | Indices) -> Tensor:
        dtype = np.float32 if self.dtype == torch.float32 else np.float64
        values = torch.from_numpy(np.array(source[rows], dtype=dtype, order="C"))
        _release_pages(source)
        return values.to(self.device)


def gather_rows(features: Floats, rows: Indices) -> Floats:
    """Copy rows, ``[len(rows), D]``, in the given order.

    They are read in storage order, and pages of a mapped file are released after reading, so that features on
    disk do not accumulate in memory.

    Args:
        features: ``[N, D]``
        rows: their indices.
    """
    source = Rows(features, "features")
    found = np.empty((len(rows), source.dimensions), dtype=np.float32)
    order = np.argsort(rows, kind="stable")
    for start in range(0, len(rows), BLOCK):
        places = order[start : start + BLOCK]
        found[places] = source.take(rows[places]).cpu().numpy()
    return found


def content_order(rows: Rows) -> Indices:
    """Return a pseudorandom order that depends only on the content of the rows, not on their order."""
    random = torch.Generator().manual_seed(0)
    weights = torch.randint(-(2**62), 2**62, (rows.dimensions,), generator=random).to(rows.device) | 1
    hashes = torch.zeros(len(rows), dtype=torch.int64)
    step = max(1, _HASHED // rows.dimensions)
    for start in range(0, len(rows), step):
        bits = (rows.block(slice(start, start + step)).float() + 0.0).view(torch.int32).long()
        mixed = (bits * weights).sum(dim=1)
        hashes[start : start + step] = (mixed ^ (mixed >> 31)) * 0x9E3779B97F4A7C1  # the low bits are weak
    return np.argsort(hashes.numpy(), kind="stable")


def _release_pages(array: NDArray[Any]) -> None:
    """Release the pages of a mapped file that were read, as they count as this process's memory."""
    base: Any = array
    while isinstance(base, np.ndarray):
        if base.flags.writeable:  # changes of a private copy would be lost
            return
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(base, "madvise"):
        base.madvise(mmap.MADV_DONTNEED)
