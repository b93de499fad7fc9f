"""Arrays with one entry a sample: labels, groups and targets."""

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import UNLABELLED, FloatArray, IntArray
from genaug.errors import DataError
from genaug_plugins.sources.label_cells import NO_INDEX, label_text
from genaug_plugins.sources.npz_file import NamedArray


def class_labels(
    array: NamedArray, samples: int, class_names: tuple[str, ...] | None, unlabelled: int | str | None
) -> tuple[tuple[str, ...], IntArray]:
    """Return the names of the classes, and the label of each sample, ``[N]``.

    Args:
        array: whole numbers or class names, ``[N]`` or ``[N, 1]``.
        samples: N.
        class_names: in the order of the sorted labels; None: the labels themselves.
        unlabelled: label of samples of unknown class, beside NaN and empty ones (and -1, where it is the only
            class without a name).

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
    known = np.ones(labels.shape, dtype=np.bool_)
    if labels.dtype.kind == "f":
        known = ~np.isnan(labels)
        if np.isinf(labels).any():
            raise DataError(
                f"{array.name} has infinite labels in {np.isinf(labels).sum()} of {len(labels)} samples: "
                "give these samples a whole number, or NaN where their class is not known, or remove them"
            )
        if (labels[known] == np.rint(labels[known])).all():
            labels = np.where(known, labels, 0).astype(np.int64)
    if labels.ndim != 1 or labels.dtype.kind not in "biuU":
        raise DataError(f"{array.name} must be [N] whole numbers or class names, not {array}")
    check_one_per_sample(NamedArray(labels, array.name), samples)
    if labels.dtype.kind == "U":
        labels = np.array([label_text(label) for label in labels.tolist()], dtype=np.str_)
        known = labels != ""
    if unlabelled is not None:
        known &= labels.astype(np.str_) != str(unlabelled)
    elif class_names is not None and labels.dtype.kind == "i":
        known &= labels != NO_INDEX if len(np.unique(labels[known])) == len(class_names) + 1 else True
    found = np.unique(labels[known])
    if not len(found):
        every = "empty" if unlabelled is None else repr(unlabelled)
        raise DataError(f"{array.name} has no class: every sample is {every}, unlabelled")
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
