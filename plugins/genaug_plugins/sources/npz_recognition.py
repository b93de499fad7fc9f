"""Which arrays of an .npz file are the samples and which their labels."""

import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from genaug.errors import DataError

VALUES = ("values", "x", "data", "images", "samples", "signals", "features", "x_train")
LABELS = ("labels", "label", "y", "target", "targets", "classes", "class", "y_train")
"""Usual names, the surest first, in any case."""


class Keys(NamedTuple):
    """The keys of the samples and of their labels.

    Attributes:
        values, labels: the keys.
        samples_shape: ``[N, …]``, shape of the samples.
    """

    values: str
    labels: str
    samples_shape: list[int]


def sample_and_label_keys(path: Path) -> Keys:
    """Return the keys of the samples and labels of an .npz file.

    Labels are the array ``[N]`` that is called so, or the only one beside an array ``[N, …]``.

    Raises:
        DataError: where the file has no such pair, with its arrays and what to do.
    """
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path} is not an .npz file")
    with np.load(path, allow_pickle=False) as file:
        shapes = {}
        for key in file.files:
            try:
                shapes[key] = list(file[key].shape)
            except (ValueError, OSError, EOFError, zipfile.BadZipFile):  # of Python objects, or damaged
                continue
    by_name = {key.lower(): key for key in reversed(list(shapes))}
    values = [by_name[name] for name in VALUES if name in by_name and len(shapes[by_name[name]]) > 1]
    values = values or sorted(
        (key for key in shapes if len(shapes[key]) > 1), key=lambda key: -len(shapes[key])
    )
    for samples in values:
        fitting = [key for key in shapes if shapes[key] == shapes[samples][:1]]
        named = [by_name[name] for name in LABELS if by_name.get(name) in fitting]
        if named or len(fitting) == 1:
            return Keys(samples, (named or fitting)[0], shapes[samples])
    listed = ", ".join(f"{key} {shape}" for key, shape in shapes.items()) or "none that can be read"
    raise DataError(
        f"{path} has no array of samples [N, …] with one of labels [N]; its arrays: {listed}. Save both: "
        "numpy.savez(FILE, values=…, labels=…)"
    )
