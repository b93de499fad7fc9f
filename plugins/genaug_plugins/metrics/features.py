"""Checks of features before a metric is computed."""

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from genaug.data.summary import count
from genaug.errors import DataError
from genaug_plugins.metrics.rows import Rows

_LARGEST = 1e30
_BLOCK = 2**21
"""Number of values checked at once."""


def checked_rows(features: ArrayLike | Tensor, what: str, at_least: int) -> Rows:
    """Check features and return them as rows that are read block by block.

    Args:
        features: ``[N, D]``, finite; an array, a mapped file or a tensor, none of which is copied.
        what: their name in an error: ``real features``.
        at_least: the smallest N that the metric is defined for.

    Raises:
        DataError: if the shape, the number or a value is invalid.
    """
    rows = Rows(features, what)
    if len(rows) < at_least:
        raise DataError(f"{what} have {count(len(rows), 'sample')}, but at least {at_least} are needed")
    step = max(1, _BLOCK // rows.dimensions)
    broken, first = 0, None
    for start in range(0, len(rows), step):
        # Beyond that, products of features overflow float64; NaN fails the check as well.
        lowest, highest = rows.block(slice(start, start + step)).aminmax(dim=1)
        bad = ~((highest < _LARGEST) & (lowest > -_LARGEST))
        if bad.any():
            broken += int(bad.sum())
            first = start + int(bad.nonzero()[0]) if first is None else first
    if broken:
        raise DataError(
            f"{what} contain NaN, infinity or values beyond {_LARGEST:g} in {broken} of {len(rows)} rows, "
            f"first in row {first}: check that sample, and the extractor's precision"
        )
    return rows


def checked_rows_pair(
    real: ArrayLike | Tensor, fake: ArrayLike | Tensor, at_least: int, fakes_at_least: int | None = None
) -> tuple[Rows, Rows]:
    """Return two sets of features of one space, in one dtype and on one device.

    Raises:
        DataError: as `checked_rows`, and if the two differ in D.
    """
    reals = checked_rows(real, "real features", at_least)
    fakes = checked_rows(fake, "fake features", at_least if fakes_at_least is None else fakes_at_least)
    check_one_space(reals, fakes)
    return reals.beside(fakes), fakes.beside(reals)


def check_one_space(real: Rows, fake: Rows) -> None:
    """Raise DataError if two sets of features differ in D."""
    if real.dimensions != fake.dimensions:
        raise DataError(
            f"real features have {real.dimensions} dimensions and fake ones {fake.dimensions}: "
            "both must come from one extractor"
        )


def checked_features(features: ArrayLike | Tensor, what: str, at_least: int) -> NDArray[Any]:
    """Check features and return them as a C-contiguous float32 or float64 array.

    A mapped file stays mapped; a tensor on a device is copied to the CPU. Code that can work block by block,
    or on a device, uses `checked_rows`.

    Args, Raises: as `checked_rows`.
    """
    return _array(features, checked_rows(features, what, at_least).dtype)


def checked_pair(
    real: ArrayLike | Tensor, fake: ArrayLike | Tensor, at_least: int, fakes_at_least: int | None = None
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return two sets of features of one space, in one dtype; the fakes may have a different minimum.

    Raises:
        DataError: as `checked_features`, and if the two differ in D.
    """
    reals, fakes = checked_rows_pair(real, fake, at_least, fakes_at_least)
    return _array(real, reals.dtype), _array(fake, fakes.dtype)


def _array(features: ArrayLike | Tensor, dtype: torch.dtype) -> NDArray[Any]:
    if isinstance(features, Tensor):
        features = features.detach().to("cpu", dtype).numpy()
    return np.ascontiguousarray(features, dtype=np.float32 if dtype == torch.float32 else np.float64)
