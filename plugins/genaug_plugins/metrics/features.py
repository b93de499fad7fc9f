"""What every metric demands of the features it is given."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genaug.errors import DataError

_LARGEST = 1e30


def checked_features(features: ArrayLike, what: str, at_least: int) -> NDArray[Any]:
    """Return features as a C-contiguous float32 or float64 array, or say why they cannot be measured.

    Args:
        features: ``[N, D]``, finite.
        what: what they are called in an error: ``real features``.
        at_least: the smallest N that the metric is defined for.

    Raises:
        DataError: where the shape, the number or a value makes a measurement meaningless.
    """
    array = np.asarray(features)
    if array.dtype != np.float32:
        array = array.astype(np.float64)
    if array.ndim != 2 or array.shape[1] == 0:
        raise DataError(f"{what} must be [N, D] with D at least 1, not {list(array.shape)}")
    if len(array) < at_least:
        raise DataError(f"{what} hold {len(array)} samples, but at least {at_least} are needed")
    # Beyond that the products that metrics form of features overflow float64; NaN fails it as well.
    broken = np.flatnonzero(~(np.abs(array).max(axis=1) < _LARGEST))
    if len(broken):
        raise DataError(
            f"{what} hold NaN, infinity or values beyond {_LARGEST:g} in {len(broken)} of {len(array)} rows, "
            f"first in row {broken[0]}: look at that sample, and at the extractor's precision"
        )
    return np.ascontiguousarray(array)


def checked_pair(
    real: ArrayLike, fake: ArrayLike, at_least: int, fakes_at_least: int | None = None
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return two sets of features of one space, in one dtype; the fakes may have a minimum of their own.

    Raises:
        DataError: as `checked_features`, and where the two differ in D.
    """
    real = checked_features(real, "real features", at_least)
    fake = checked_features(fake, "fake features", at_least if fakes_at_least is None else fakes_at_least)
    if real.shape[1] != fake.shape[1]:
        raise DataError(
            f"real features have {real.shape[1]} dimensions and fake ones {fake.shape[1]}: "
            "both must come from one extractor"
        )
    dtype = np.result_type(real, fake)
    return real.astype(dtype, copy=False), fake.astype(dtype, copy=False)
