"""Arrays with one entry a sample: labels, groups and targets."""

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import UNLABELLED, FloatArray, IntArray
from genaug.errors import DataError
from genaug_plugins.sources.npz_file import NamedArray


def class_labels(
    array: NamedArray, samples: int, class_names: tuple[str, ...] | None, unlabelled: int | str | None
) -> tuple[tuple[str, ...], IntArray]:
    """Return the names of the classes, and the label of each sample, ``[N]``.

    Args:
        array: whole numbers or class names, ``[N]`` or ``[N, 1]``.
        samples: N.
        class_names: in the order of the sorted labels; None: the labels themselves.
        unlabelled: label of samples of unknown class.

    Raises:
        DataError: if the labels are of another kind or number, or the names do not fit.
    """
    labels = array.values
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.dtype.kind == "S":
        try:
            labels = np.char.decode(labels, "utf-8")
        except UnicodeDecodeError as error:
            raise DataError(
                f"{array.name} contains bytes that are not UTF-8 text ({error}): save class names as strings"
            ) from error
    elif labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise DataError(
            f"{array.name} has NaN or infinite labels in {(~np.isfinite(labels)).sum()} of {len(labels)} "
            "samples: give these samples a whole number, and set `unlabelled` to it, or remove them"
        )
    elif labels.dtype.kind == "f" and (labels == np.rint(labels)).all():
        labels = labels.astype(np.int64)
    if labels.ndim != 1 or labels.dtype.kind not in "biuU":
        raise DataError(f"{array.name} must be [N] whole numbers or class names, not {array}")
    check_one_per_sample(NamedArray(labels, array.name), samples)
    if labels.dtype.kind == "U" and (np.char.strip(labels) == "").any() and unlabelled is None:
        raise DataError(
            f"{array.name} has an empty label in row {int(np.flatnonzero(np.char.strip(labels) == '')[0])}: "
            "name the class, or set `unlabelled: ''`"
        )
    known = np.ones(len(labels), dtype=np.bool_)
    if unlabelled is not None:
        known = labels.astype(np.str_) != str(unlabelled)
    found = np.unique(labels[known])
    if not len(found):
        raise DataError(f"{array.name} has no class: every sample is {unlabelled!r}, unlabelled")
    if class_names is None:
        class_names = tuple(map(str, found))
    elif len(class_names) != len(found) or len(set(class_names)) != len(found):
        shown = ", ".join(map(str, found[:20])) + (", …" if len(found) > 20 else "")
        raise DataError(
            f"class_names has {len(class_names)} names, but {array.name} has {len(found)} classes "
            f"({shown}): give a unique name for each, in this order"
        )
    return class_names, np.where(known, np.searchsorted(found, labels), UNLABELLED).astype(np.int64)


def sample_groups(array: NamedArray, samples: int) -> NDArray[np.str_]:
    """Return the group of each sample, ``[N]``.

    Raises:
        DataError: if there is not one for each sample.
    """
    check_one_per_sample(array, samples)
    return array.values.astype(np.str_)


def sample_targets(array: NamedArray, samples: int) -> FloatArray:
    """Return the targets, float32 ``[N, …]``.

    Raises:
        DataError: if they are not numbers, or not N.
    """
    if array.values.shape[:1] != (samples,) or array.values.dtype.kind not in "biuf":
        raise DataError(f"{array.name} must have {samples} rows of numbers, not {array}")
    return array.values.astype(np.float32)


def check_one_per_sample(array: NamedArray, samples: int) -> None:
    """Raise an error for an array that is not ``[samples]``."""
    if array.values.shape != (samples,):
        raise DataError(
            f"{array.name} has shape {list(array.values.shape)}, but there are {samples} samples: it must "
            f"be [{samples}]"
        )
