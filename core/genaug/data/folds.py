"""Folds of training samples for cross-fitting: stratified by class; copies and groups share a fold."""

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import IntArray
from genaug.data.seeds import derive_seed
from genaug.data.views import TrainView

NO_FOLD = -1
"""Fold number of a training sample that is in every training set."""


def units_per_class(train: TrainView) -> IntArray:
    """Count the units that contain samples of each class, ``[classes]``; see `connected_units`."""
    unit, labels = _units(train), train.samples.labels
    return np.array([len(np.unique(unit[labels == label])) for label in range(train.spec.classes)], np.int64)


def assign_folds(train: TrainView, folds: int, seed: int) -> tuple[int, IntArray]:
    """Return the number of folds, and the fold of each training sample, ``[M]``.

    Each class is distributed over the folds at random, unit by unit; a unit that contains several classes is
    assigned with the rarest of them. There are at most as many folds as a class has units. Samples of a class
    with a single unit, and all samples where there is one fold, have no fold (`NO_FOLD`). The folds depend on
    the contents, the names of groups and the seed, not on the order of the samples.

    Args:
        train: M training samples.
        folds: number of folds, 1 or more.
        seed: of the random order of units.
    """
    labels, unit, sizes = train.samples.labels, _units(train), units_per_class(train)
    names = train.samples.ids if train.groups is None else train.groups
    first = np.unique(unit, return_index=True)[1]
    class_of, name_of = labels[first], names[first].tolist()  # of each unit: its rarest class, its first name
    for number, label, name in zip(unit.tolist(), labels.tolist(), names.tolist(), strict=True):
        class_of[number] = min(class_of[number], label, key=lambda one: (sizes[one], one))
        name_of[number] = min(name_of[number], name)
    place = np.full(len(class_of), NO_FOLD, dtype=np.int64)
    dealt, largest = 0, 1
    for label in np.unique(class_of):
        own = np.array(sorted(np.flatnonzero(class_of == label), key=name_of.__getitem__))
        largest = max(largest, len(own))
        if len(own) > 1:
            keys = random_keys([name_of[number] for number in own], seed, "fold")
            place[own[np.argsort(keys, kind="stable")]] = dealt + np.arange(len(own))
            dealt += len(own)  # the next class resumes where this one stopped: for folds of equal size
    folds = min(folds, largest)
    place = np.where((place == NO_FOLD) | (folds == 1), NO_FOLD, place % folds)
    return folds, place[unit]


def random_keys(ids: NDArray[np.str_] | list[str], seed: int, name: str) -> NDArray[np.float64]:
    """Draw a uniform number in [0, 1) for each id, independent for different ids.

    A key depends only on the seed and its id, not on the order or the presence of others.

    Args:
        ids: ``[N]`` content ids.
        seed: of the draw.
        name: purpose of the keys.

    Returns:
        float64 ``[N]``.
    """
    return np.array([derive_seed(seed, name, str(known)) / 2**63 for known in ids], dtype=np.float64)


def connected_units(ids: NDArray[np.str_], groups: NDArray[np.str_] | None) -> IntArray:
    """Return the number of the unit of each of N samples, ``[N]``.

    A unit is a set of samples that must not be separated: they share groups or contents, directly or through
    other samples.

    Args:
        ids: ``[N]`` content ids.
        groups: ``[N]`` names of groups; None: there are none.
    """
    contents, together = np.unique(ids, return_inverse=True)
    if groups is None:
        return together.astype(np.int64)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    names, group = np.unique(groups, return_inverse=True)
    size = len(contents) + len(names)
    edges = (np.ones(len(group)), (together, len(contents) + group))
    joined = connected_components(coo_array(edges, shape=(size, size)), directed=False)[1]
    units: IntArray = joined[together].astype(np.int64)
    return units


def _units(train: TrainView) -> IntArray:
    return connected_units(train.samples.ids, train.groups)
