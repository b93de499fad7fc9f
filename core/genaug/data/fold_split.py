"""The split of a data set by folds: one fold is the test view, the others are for training and validation."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from genaug.data.samples import BoolArray, IntArray
from genaug.data.summary import count
from genaug.errors import ConfigError, DataError

if TYPE_CHECKING:
    from genaug.data.dataset import Dataset
    from genaug.data.split import Split

TRAIN, VALIDATION, TEST = 0, 1, 2


def take_fold(
    dataset: Dataset, split: Split, seed: int, unit: IntArray, free: BoolArray, home: IntArray
) -> None:
    """Assign the views of one fold, class by class, unit by unit; into `home`, in place.

    Units are dealt to the folds in an order that depends on the seed and their names, so that each is in the
    test view of exactly one fold. Of the others, the first ones fill the validation view.

    Args:
        dataset: the data set.
        split: with `folds` and `fold`.
        seed: of the order.
        unit: ``[N]`` number of the unit of each sample, whose samples stay together.
        free: ``[N]`` whether the source leaves the view of a sample open.
        home: ``[N]`` index of the view of each sample.

    Raises:
        ConfigError: where no fold is named.
        DataError: where the data set assigns views or has times.
    """
    if split.fold is None or split.folds is None:
        raise ConfigError(
            "split.folds: only `genaug run`, `genaug check` and `Pipeline.run` run all folds; elsewhere name "
            "one of them with split.fold"
        )
    if dataset.times is not None or not free.all():
        what = "times" if dataset.times is not None else "views that the source assigns"
        raise DataError(
            f"split.folds: the data set has {what}, so that not every sample may be tested: leave `folds` out"
        )
    labels = dataset.samples.labels
    names = dataset.samples.ids if dataset.groups is None else dataset.groups
    by_class: list[list[tuple[str, IntArray]]] = [[] for _ in range(dataset.spec.classes)]
    order = np.argsort(unit, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(unit[order])) + 1):
        of_unit = labels[rows][labels[rows] >= 0]
        if len(of_unit):
            key = hashlib.sha256(f"{seed}\x1f{min(names[rows])}".encode()).hexdigest()
            by_class[int(np.bincount(of_unit).argmax())].append((key, rows))
    dealt = 0
    for label, units in enumerate(by_class):
        ordered = [rows for _, rows in sorted(units, key=lambda one: one[0])]
        in_test = [(dealt + number) % split.folds == split.fold - 1 for number in range(len(ordered))]
        dealt += len(ordered)  # the next class resumes where this one stopped: for folds of equal size
        validation, taken = split.counts(int((labels == label).sum()))[1], 0
        for rows, tested in zip(ordered, in_test, strict=True):
            view = TEST if tested else VALIDATION if taken < validation else TRAIN
            home[rows] = view
            taken += int((labels[rows] == label).sum()) if view == VALIDATION else 0


def check_fold(dataset: Dataset, split: Split, label: int, counts: list[int]) -> None:
    """Raise DataError where a fold leaves no training sample of a class; it may have no test sample."""
    available, validation = sum(counts), split.counts(sum(counts))[1]
    if counts[TRAIN] >= 1 and counts[VALIDATION] >= min(1, validation) and available > counts[TEST]:
        return
    raise DataError(
        f"class {dataset.spec.class_names[label]!r} has {count(available, 'sample')}: fold {split.fold} of "
        f"{split.folds} leaves {counts[TRAIN]} for training and {counts[VALIDATION]} for validation"
        f"{' (samples of one group stay together)' if dataset.groups is not None else ''}. Lower "
        "split.validation_share (0: no validation view), or add samples"
    )
