"""The split of a data set into three views, by content, class by class."""

import hashlib
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from genaug.data.dataset import VIEWS, Dataset
from genaug.data.fold_split import check_fold, take_fold
from genaug.data.folds import connected_units
from genaug.data.samples import BoolArray, IntArray
from genaug.data.summary import count
from genaug.errors import DataError
from genaug.frozen_dict import FrozenDict
from genaug.settings import Settings

UNUSED = -1
FREE = -2
COUNTS = ("train_per_class", "train_counts", "validation_per_class", "test_per_class")
UNLABELLED_ROWS = "unlabelled"
"""Key of the rows without a label."""


class Split(Settings):
    """The sizes of the views, the same for each class.

    By counts or by shares, not both; the remaining samples are the test view.
    """

    train_per_class: int | None = Field(default=None, ge=1)
    """Training samples of each class."""
    train_counts: FrozenDict[str, Annotated[int, Field(ge=1)]] | None = None
    """Training samples of classes by name, where they differ: `{common: 120, rare: 3}`. Without
    `validation_per_class` their validation samples have the ratio of the shares to them: more would give rare
    classes away."""
    validation_per_class: int | None = Field(default=None, ge=0)
    """Validation samples of each class."""
    test_per_class: int | None = Field(default=None, ge=1)
    """Most test samples of each class; the others are not used. Not given: all that are left."""
    train_share: float | None = Field(default=None, gt=0, lt=1)
    """Share of each class for training. Not given, and no counts given either: 0.5."""
    validation_share: float | None = Field(default=None, ge=0, lt=1)
    """Share of each class for validation. Not given, and no counts given either: 0.2."""
    folds: int | None = Field(default=None, ge=2, le=20)
    """For few data: the number of folds. The whole chain is run once for each, with one fold as the test view
    and the others for training and validation; one verdict rests on the test samples of all. The run takes
    as many times longer."""
    fold: int | None = Field(default=None, ge=1)
    """With `folds`: run only this one, from 1 on, as an ordinary run."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        for view in ("train", "validation"):
            if getattr(self, f"{view}_per_class") is not None and getattr(self, f"{view}_share") is not None:
                raise ValueError(f"give {view}_per_class or {view}_share, not both")
        if self.fold is not None and (self.folds is None or self.fold > self.folds):
            raise ValueError(f"fold {self.fold} needs `folds`, at least as many, not {self.folds}")
        if self.folds is not None:
            for name in ("train_per_class", "train_counts", "train_share", "test_per_class"):
                if getattr(self, name) is not None:
                    raise ValueError(f"with folds, the other folds are for training: leave {name} out")
            return self
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

    def of_fold(self, fold: int) -> "Split":
        """Return the split of one fold; this one where there are no folds or one is named already."""
        return self if self.folds is None or self.fold is not None else self.model_copy(update={"fold": fold})

    def of_class(self, name: str) -> "Split":
        """Return the split of one class: with its entry of `train_counts` as `train_per_class`."""
        train = None if self.train_counts is None else self.train_counts.get(name)
        if train is None:
            return self
        validation = self.validation_per_class
        if validation is None:
            of_training = self.train_share if self.train_share is not None else 0.5
            validation = round(train * self._shares[1] / of_training)
        return self.model_copy(
            update={"train_per_class": train, "train_share": None, "validation_per_class": validation}
        )

    def counts(self, available: int) -> tuple[int, int]:
        """Return the numbers of training and validation samples of a class with `available` samples."""
        train_share, validation_share = self._shares
        if self.folds is not None:
            rest = available - available // self.folds
            share = self.validation_per_class
            validation = round(validation_share * rest) if share is None else share
            return rest - validation, validation
        train = self.train_per_class or max(1, round(train_share * available))
        if self.validation_per_class is not None:
            return train, self.validation_per_class
        return train, round(validation_share * available)

    def wanted(self, available: int, fixed: BoolArray) -> tuple[int, int, int]:
        """Return how many of `available` free samples each view takes.

        Args:
            available: the free samples, of a class or of all.
            fixed: ``[3]``, whether the data set itself assigns samples to each view. Free samples go to no
                view that is fixed, unless all are.
        """
        train, validation = self.counts(available)
        if not fixed[2]:
            taken = (train, validation, self.test_per_class or available)
            return (0 if fixed[0] else taken[0], 0 if fixed[1] else taken[1], taken[2])
        if fixed[1]:
            return available, 0, 0
        if fixed[0]:
            return 0, available, 0
        if self.train_per_class is None:
            if self.validation_per_class is None:  # the ratio of the shares divides what is left
                validation = round(available * self._shares[1] / sum(self._shares))
            train = max(1, available - validation)
        return train, validation, 0


def split_rows(dataset: Dataset, split: Split, seed: int) -> dict[str, IntArray]:
    """Return the rows of each view, and of ``unlabelled``, in the order of the data set.

    Samples of one group, and exact copies of one another, get into the same view (a unit). The assignment
    depends on the seed and on the names of groups or on contents, not on the order of the data set.
    Unlabelled samples are for training only; those that repeat a validation or test sample, or share a group
    with one, are in no view.

    Where the data set assigns views (`Dataset.views`), they are kept, and the other samples are divided: with
    a fixed test view between training and validation (in the ratio of their shares), else by the usual
    rules. A unit whose samples are assigned to different views keeps those of the last (test, validation,
    train) and leaves out the others; unassigned samples of the unit follow the last. Where all samples are
    assigned and a view has none, it is cut from the training samples (see `assigned_views`).

    Where the data set has times, the others are cut by time: training the earliest, test the latest. Units
    are placed by their latest time, and equal times stay together.

    Raises:
        DataError: where a class cannot fill its views, or views by time are asked for in counts.
    """
    labels, classes = dataset.samples.labels, dataset.spec.classes
    if unknown := [name for name in split.train_counts or () if name not in dataset.spec.class_names]:
        raise DataError(
            f"split.train_counts names {unknown[0]!r}, which is not a class; the classes are "
            f"{', '.join(dataset.spec.class_names)}"
        )
    unit = connected_units(dataset.samples.ids, dataset.groups)
    home = _fixed(assigned_views(dataset, split), unit)
    free = home == FREE
    home[free] = UNUSED
    fixed = np.isin(np.arange(len(VIEWS)), home)
    if split.folds is not None:
        take_fold(dataset, split, seed, unit, free, home)
    elif dataset.times is not None:
        _cut_by_time(dataset, split, unit, free, home, fixed)
    else:
        _draw(dataset, split, seed, unit, free, home, fixed)
    labelled = labels >= 0
    counts = [np.bincount(labels[labelled & (home == view)], minlength=classes) for view in range(len(VIEWS))]
    for label in range(classes):
        if split.folds is not None:
            check_fold(dataset, split, label, [int(count[label]) for count in counts])
            continue
        _check_class(dataset, split, label, np.array([count[label] for count in counts]), fixed)
    views = {view: np.flatnonzero(labelled & (home == index)) for index, view in enumerate(VIEWS)}
    # A copy of a held-out sample, or a member of its group, has its unit's view: it is left out.
    views[UNLABELLED_ROWS] = np.flatnonzero(~labelled & (home <= VIEWS.index("train")))
    return views


def assigned_views(dataset: Dataset, split: Split) -> NDArray[np.str_] | None:
    """Return the view that each sample is assigned to, ``[N]``, empty where the split assigns it.

    Where all samples are assigned, and none to a view that the split asks for (a folder `train` beside a
    folder `test`), the training samples are divided.
    """
    if dataset.views is None or (dataset.views == "").any():
        return dataset.views
    given = set(dataset.views.tolist())
    asked = {"train", "test"} if split.counts(len(dataset.views))[1] == 0 else set(VIEWS)
    if asked <= given:
        return dataset.views
    return np.where(dataset.views == "train", "", dataset.views)


def _fixed(views: NDArray[np.str_] | None, unit: IntArray) -> IntArray:
    """Return the index of the assigned view of each sample, ``[N]``; `FREE`, or `UNUSED` where left out."""
    home = np.full(len(unit), FREE)
    if views is None:
        return home
    for index, view in enumerate(VIEWS):
        home[views == view] = index
    last = np.full(unit.max(initial=-1) + 1, FREE)
    np.maximum.at(last, unit, home)
    return np.where(home == FREE, last[unit], np.where(home < last[unit], UNUSED, home))


def _draw(
    dataset: Dataset,
    split: Split,
    seed: int,
    unit: IntArray,
    free: BoolArray,
    home: IntArray,
    fixed: BoolArray,
) -> None:
    """Assign the free samples at random, class by class, unit by unit; into `home`, in place."""
    labels, classes = dataset.samples.labels, dataset.spec.classes
    names = dataset.samples.ids if dataset.groups is None else dataset.groups
    by_class: list[list[tuple[str, IntArray]]] = [[] for _ in range(classes)]
    order = np.flatnonzero(free)[np.argsort(unit[free], kind="stable")]
    for rows in np.split(order, np.flatnonzero(np.diff(unit[order])) + 1):
        of_unit = labels[rows][labels[rows] >= 0]
        if len(of_unit):
            key = hashlib.sha256(f"{seed}\x1f{min(names[rows])}".encode()).hexdigest()
            by_class[int(np.bincount(of_unit).argmax())].append((key, rows))
    counts = np.zeros((len(VIEWS), classes), dtype=np.int64)
    for label, units in enumerate(by_class):
        own = split.of_class(dataset.spec.class_names[label])
        wanted = own.wanted(int((free & (labels == label)).sum()), fixed)
        for _, rows in sorted(units, key=lambda one: one[0]):
            view = next((v for v in range(len(VIEWS)) if counts[v, label] < wanted[v]), None)
            if view is not None:
                home[rows] = view
                counts[view] += np.bincount(labels[rows][labels[rows] >= 0], minlength=classes)


def _cut_by_time(
    dataset: Dataset, split: Split, unit: IntArray, free: BoolArray, home: IntArray, fixed: BoolArray
) -> None:
    """Assign the free samples by the latest time of their unit; into `home`, in place."""
    counted = [name for name in COUNTS if getattr(split, name) is not None]
    if counted:
        raise DataError(
            f"the data set has times, so its views are cut by time over all classes: split.{counted[0]} "
            "cannot be kept. Give split.train_share and split.validation_share, or name no column of times"
        )
    assert dataset.times is not None
    latest = np.full(unit.max(initial=-1) + 1, -np.inf)
    np.maximum.at(latest, unit, dataset.times)
    times = latest[unit]
    known = np.sort(times[free & (dataset.samples.labels >= 0)])
    train, validation, _ = split.wanted(len(known), fixed)
    index = np.zeros(len(times), dtype=np.int64)
    for taken in (train, train + validation):
        if taken < len(known):
            index += times >= known[taken]
    home[free] = index[free]


def _check_class(dataset: Dataset, split: Split, label: int, counts: IntArray, fixed: BoolArray) -> None:
    """Raise DataError where a view lacks samples of a class; `counts` are those of each view."""
    available = int((dataset.samples.labels == label).sum())
    name = dataset.spec.class_names[label]
    train, validation = split.of_class(name).counts(available)
    if counts[0] >= 1 and counts[1] >= min(1, validation) and counts[2] >= 1:
        return
    missing = next(view for view, count in zip(VIEWS, counts, strict=True) if not count)
    if fixed.any() or dataset.times is not None:
        how = "by time" if dataset.times is not None else "by what the source assigns"
        raise DataError(
            f"class {name!r} has {count(available, 'sample')}, but none in the {missing} view, which is cut "
            f"{how} ({', '.join(f'{view} {count}' for view, count in zip(VIEWS, counts, strict=True))}). "
            "Add samples, leave the class out, or split at random"
        )
    if available < 2:
        raise DataError(
            f"class {name!r} has {count(available, 'sample')}: every split needs 2 of each class at least, "
            "one to learn from and one to test, and a verdict needs some 50 test samples in all. Add samples "
            "of this class, or leave it out"
        )
    raise DataError(
        f"class {name!r} has {count(available, 'sample')}: with {train} for training and {validation} for "
        f"validation none is left for {missing}"
        f"{' (samples of one group stay together)' if dataset.groups is not None else ''}. "
        "Lower split.train_per_class, split.train_counts or split.validation_per_class (or the shares), or "
        "add samples"
    )
