"""The cast of measured values to float32, which has seven digits: what it merges is found."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import FloatArray
from genaug.data.summary import count
from genaug.errors import DataError

KEPT = 0.5
"""Share of the different values of a column that a cast must keep."""


def float32_values(values: NDArray[Any], name: str) -> tuple[FloatArray, tuple[str, ...]]:
    """Return values ``[N, …]`` as float32, and notes of what was merged.

    Args:
        values: numbers; signals ``[N, C, T]`` are looked at by channel, vectors ``[N, D]`` by column.
        name: of the array, for errors.

    Raises:
        DataError: if some are not finite, or the cast merges most values of a column or channel: it varies
            by less than float32 resolves at its distance from 0.
    """
    n = len(values)
    with np.errstate(over="ignore"):  # overflows are rejected below
        cast = values.astype(np.float32)
    bad = np.flatnonzero(~np.isfinite(cast.reshape(n, -1)).all(axis=1))
    if len(bad):
        why = " (beyond 3.4e38, the largest float32)" if np.isfinite(values[bad[0]]).all() else ""
        raise DataError(
            f"{name} has NaN or infinite values in {len(bad)} of {n} samples, the first in row "
            f"{bad[0]}{why}: fill or remove them"
        )
    exact = np.asarray(cast, dtype=np.float64) == values
    if exact.all():
        return cast, ()
    for channel in range(values.shape[1]):
        before, after = values[:, channel], cast[:, channel]
        different, kept = len(np.unique(before)), len(np.unique(after))
        if kept < KEPT * different:
            what = f"values of {'channel' if values.ndim > 2 else 'column'} {channel}"
            raise DataError(
                f"{name}: {different} different {what} become {kept} in float32, which has seven digits: "
                f"they reach from {before.min():.17g} to {before.max():.17g}. Subtract an offset before "
                "saving them, or use the source `table-file`, which reads float64"
            )
    flat, cast_flat = values.reshape(n, -1), cast.reshape(n, -1)
    merged = len(np.unique(flat, axis=0)) - len(np.unique(cast_flat, axis=0))
    if not merged:
        return cast, ()
    return cast, (
        f"{count(merged, 'sample')} of {name} equal to another one after rounding to float32 (seven digits)",
    )
