"""The split of a data set into three views, by content, class by class."""

import hashlib
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from genaug.data.dataset import Dataset
from genaug.data.folds import connected_units
from genaug.data.samples import IntArray
from genaug.errors import DataError
from genaug.settings import Settings

VIEWS = ("train", "validation", "test")
UNLABELLED_ROWS = "unlabelled"
"""Key of the rows without a label."""


class Split(Settings):
    """The sizes of the views, the same for each class.

    By counts or by shares, not both; the remaining samples are the test view.
    """

    train_per_class: int | None = Field(default=None, ge=1)
    """Training samples of each class."""
    validation_per_class: int | None = Field(default=None, ge=0)
    """Validation samples of each class."""
    test_per_class: int | None = Field(default=None, ge=1)
    """Most test samples of each class; the others are not used. Not given: all that are left."""
    train_share: float | None = Field(default=None, gt=0, lt=1)
    """Share of each class for training. Not given, and no counts given either: 0.5."""
    validation_share: float | None = Field(default=None, ge=0, lt=1)
    """Share of each class for validation. Not given, and no counts given either: 0.2."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        for view in ("train", "validation"):
            if getattr(self, f"{view}_per_class") is not None and getattr(self, f"{view}_share") is not None:
                raise ValueError(f"give {view}_per_class or {view}_share, not both")
        train, validation = self._shares
        if train + validation >= 1:
            raise ValueError(
                f"train_share {train} and validation_share {validation} leave nothing for the test view"
            )
        return self

    @property
    def _shares(self) -> tuple[float, float]:
        train = self.train_share if self.train_share is not None else 0.5
        validation = self.validation_share if self.validation_share is not None else 0.2
        return (
            0.0 if self.train_per_class is not None else train,
            0.0 if self.validation_per_class is not None else validation,
        )

    def counts(self, available: int) -> tuple[int, int]:
        """Return the numbers of training and validation samples of a class with `available` samples."""
        train_share, validation_share = self._shares
        train = self.train_per_class or max(1, round(train_share * available))
        if self.validation_per_class is not None:
            return train, self.validation_per_class
        return train, round(validation_share * available)


def split_rows(dataset: Dataset, split: Split, seed: int) -> dict[str, IntArray]:
    """Return the rows of each view, and of ``unlabelled``, in the order of the data set.

    Samples of one group, and exact copies of one another, get into the same view. The assignment depends
    on the seed and on the names of groups or on contents, not on the order of the data set. Unlabelled
    samples are for training only; those that repeat a validation or test sample, or share a group with
    one, are in no view.

    Raises:
        DataError: where a class cannot fill its views.
    """
    labels, classes = dataset.samples.labels, dataset.spec.classes
    home = np.full(len(labels), -1)  # index into VIEWS; -1: unused
    counts = np.zeros((len(VIEWS), classes), dtype=np.int64)
    for label, units in enumerate(_units(dataset, seed)):
        train, validation = split.counts(int((labels == label).sum()))
        wanted = (train, validation, split.test_per_class or len(labels))
        for rows in units:
            view = next((v for v in range(len(VIEWS)) if counts[v, label] < wanted[v]), None)
            if view is not None:
                home[rows] = view
                counts[view] += np.bincount(labels[rows][labels[rows] >= 0], minlength=classes)
    for label in range(classes):
        train, validation = split.counts(int((labels == label).sum()))
        _check_class(dataset, label, counts[:, label], train, validation)
    labelled = labels >= 0
    views = {view: np.flatnonzero(labelled & (home == index)) for index, view in enumerate(VIEWS)}
    # A copy of a held-out sample, or a member of its group, has its unit's view: it is left out.
    views[UNLABELLED_ROWS] = np.flatnonzero(~labelled & (home <= VIEWS.index("train")))
    return views


def _units(dataset: Dataset, seed: int) -> list[list[IntArray]]:
    """Return the rows of each unit, in random order, by the class of most of its samples.

    See `connected_units`; all samples of a unit get into the same view. Units without a labelled sample are
    not returned.
    """
    samples, groups = dataset.samples, dataset.groups
    together = connected_units(samples.ids, groups)
    order = np.argsort(together, kind="stable")
    pieces = np.split(order, np.flatnonzero(np.diff(together[order])) + 1)
    by_class: list[list[tuple[str, IntArray]]] = [[] for _ in range(dataset.spec.classes)]
    for rows in pieces:
        labels = samples.labels[rows]
        if (labels >= 0).any():
            name = str(min((samples.ids if groups is None else groups)[rows]))
            by_class[int(np.bincount(labels[labels >= 0]).argmax())].append(
                (hashlib.sha256(f"{seed}\x1f{name}".encode()).hexdigest(), rows)
            )
    return [[rows for _, rows in sorted(units, key=lambda unit: unit[0])] for units in by_class]


def _check_class(dataset: Dataset, label: int, counts: IntArray, train: int, validation: int) -> None:
    """Raise DataError where a view lacks samples of a class; `counts` are those of each view."""
    if counts[0] >= 1 and counts[1] >= min(1, validation) and counts[2] >= 1:
        return
    short = VIEWS[int(np.argmin(counts))] if counts[0] else "train"
    raise DataError(
        f"class {dataset.spec.class_names[label]!r} has {int((dataset.samples.labels == label).sum())} "
        f"samples: with {train} for training and {validation} for validation none is left for {short}"
        f"{' (samples of one group stay together)' if dataset.groups is not None else ''}. "
        "Lower split.train_per_class or split.validation_per_class (or the shares), or add samples"
    )
