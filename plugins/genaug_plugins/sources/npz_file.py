"""Named arrays of an .npz file, read without pickle."""

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.errors import DataError


@dataclass(frozen=True, eq=False)
class NamedArray:
    """An array with its name for errors.

    Attributes:
        values: the array.
        name: ``the array 'labels' of data.npz``.
    """

    values: NDArray[Any]
    name: str

    def __str__(self) -> str:
        return f"{self.values.dtype} {list(self.values.shape)}"


def read_npz(path: Path, keys: Sequence[str]) -> dict[str, NamedArray]:
    """Read the arrays of an existing .npz file that have one of the keys.

    Raises:
        DataError: if the file is of another kind, lacks a key, or one of the arrays cannot be read.
    """
    if not zipfile.is_zipfile(path):
        raise DataError(
            f"{path} is not an .npz file; write one with numpy.savez({path.stem!r}, values=…, labels=…)"
        )
    arrays = {}
    with np.load(path, allow_pickle=False) as file:
        missing = [key for key in keys if key not in file.files]
        if missing:
            raise DataError(
                f"{path} has no array {missing[0]!r}; it has {', '.join(map(repr, file.files)) or 'none'}. "
                "Set `values`, `labels`, `groups` and `targets` to names of arrays in the file"
            )
        for key in keys:
            name = f"the array {key!r} of {path}"
            try:
                arrays[key] = NamedArray(file[key], name)
            except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
                raise DataError(
                    f"{name} cannot be read: {error}. Arrays of Python objects are not read, for safety: "
                    "save numbers or strings"
                ) from error
    return arrays


def npz_header(path: Path, key: str) -> NamedArray:
    """Return an array with the type and shape of one of an .npz file, all zero, without reading it.

    Raises:
        DataError: where the file has no such array, or is of another kind.
        OSError: where it cannot be opened.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open(f"{key}.npy") as file:
            version = np.lib.format.read_magic(file)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else None
            shape, _, dtype = (read or np.lib.format.read_array_header_2_0)(file)
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} has no array {key!r}: {error}") from error
    return NamedArray(np.broadcast_to(np.zeros((), dtype), shape), f"the array {key!r} of {path}")
