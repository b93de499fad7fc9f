"""Signals in an .npz file: ``[N, T]`` or ``[N, C, T]``; missing values at the end make them shorter."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from genaug.errors import DataError
from genaug_plugins.sources.array_columns import check_one_per_sample
from genaug_plugins.sources.label_cells import label_text
from genaug_plugins.sources.npz_file import NamedArray, read_npz
from genaug_plugins.sources.raw_signals import RawSignals

VALUES = ("values", "signals", "X", "x", "data")
"""Names of the array of signals, the first that exists."""


def read_signal_arrays(path: Path, label: str | None, groups: str | None) -> RawSignals:
    """Read the signals of an .npz file.

    Args:
        path: an existing file.
        label: name of the array of classes.
        groups: name of the array of groups.

    Raises:
        DataError: naming the array that cannot be used.
    """
    keys = _keys(path)
    values_key = next((key for key in VALUES if key in keys), None)
    if values_key is None:
        raise DataError(f"{path} has no array called {', '.join(VALUES)}; it has {', '.join(keys) or 'none'}")
    if label is not None and label not in keys:
        label = next((key for key in ("labels", "label", "y") if key in keys), label)
    arrays = read_npz(path, [key for key in (values_key, label, groups) if key is not None])
    array = arrays[values_key]
    values = array.values
    if values.ndim not in (2, 3) or values.dtype.kind not in "biuf" or not values.size:
        raise DataError(f"{array.name} must be signals [N, T] or [N, C, T], not {array}")
    signals = values.astype(np.float64).reshape(len(values), -1, values.shape[-1])
    known = [np.flatnonzero(~np.isnan(signal).all(axis=0)) for signal in signals]
    labels = None if label is None else _texts(arrays[label], len(values))
    return RawSignals(
        [signal[:, : at[-1] + 1] if len(at) else signal for signal, at in zip(signals, known, strict=True)],
        [f"{path.name}[{row}]" for row in range(len(values))],
        tuple(f"channel {number}" for number in range(signals.shape[1])),
        labels,
        None if groups is None else np.array(_texts(arrays[groups], len(values))),
        form={"suffix": ".npz", "values": values_key, "label": label or "labels"},
    )


def _keys(path: Path) -> list[str]:
    import zipfile

    if not zipfile.is_zipfile(path):
        raise DataError(f"{path} is not an .npz file; write one with numpy.savez(…, values=…, labels=…)")
    with np.load(path, allow_pickle=False) as file:
        return list(file.files)


def _texts(array: NamedArray, samples: int) -> list[str]:
    check_one_per_sample(array, samples)
    cells = array.values.tolist()
    if array.values.dtype.kind == "f":
        known = array.values[~np.isnan(array.values)]
        if np.isinf(known).any():
            raise DataError(f"{array.name} has infinite labels: name these classes, or remove the signals")
        if (known == np.rint(known)).all():
            cells = [None if np.isnan(value) else int(value) for value in cells]
    return [label_text(cell) for cell in cells]
