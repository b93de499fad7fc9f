"""What is in a data set, and what is wrong with it, before anything is learned from it."""

import numpy as np
from pydantic import BaseModel, ConfigDict

from genaug.data.copies import MOST, near_copies
from genaug.data.dataset import Dataset
from genaug.errors import DataError


class Audit(BaseModel):
    """Hold what an audit found."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    samples: int
    classes: dict[str, int]
    """Samples of each class, by name."""
    problems: tuple[str, ...] = ()
    """What the source met while reading, e.g. corrupt files that were skipped."""
    exact_copies: int = 0
    """Samples that repeat an earlier one to the bit."""
    conflicting_labels: int = 0
    """Contents that stand under more than one class."""
    near_copies: int = 0
    """Samples that have a near, not exact, copy."""
    notes: tuple[str, ...] = ()
    """What a person should know, in plain words."""


def audit(dataset: Dataset) -> Audit:
    """Look through a data set.

    Raises:
        DataError: where nothing can be learned from it: no samples, one class, a class with a
            single sample, values that are not finite or outside the spec's range.
    """
    _check(dataset)
    samples, spec = dataset.samples, dataset.spec
    counts = samples.per_class(spec.classes)
    ids, first, repeats = np.unique(samples.ids, return_inverse=True, return_counts=True)
    labels_of = np.unique(np.stack([first, samples.labels]), axis=1)
    conflicting = int((np.bincount(labels_of[0], minlength=len(ids)) > 1).sum())
    exact = int((repeats - 1).sum())
    notes = []
    if exact:
        notes.append(
            f"{exact} samples repeat another one to the bit; copies stay together when the data is split"
        )
    if conflicting:
        notes.append(f"{conflicting} samples stand under more than one class: look at their labels")
    if counts.max() >= 5 * counts.min():
        rare, common = spec.class_names[counts.argmin()], spec.class_names[counts.argmax()]
        notes.append(f"classes are imbalanced: {counts.min()} of {rare!r}, {counts.max()} of {common!r}")
    near = 0
    if len(samples) <= MOST:
        near = int(near_copies(samples, spec).sum())
    else:
        notes.append(
            f"near copies were not searched for: {len(samples):,} samples, the search ends at {MOST:,}"
        )
    return Audit(
        samples=len(samples),
        classes=dict(zip(spec.class_names, counts.tolist(), strict=True)),
        problems=dataset.problems,
        exact_copies=exact,
        conflicting_labels=conflicting,
        near_copies=near,
        notes=tuple(notes),
    )


def _check(dataset: Dataset) -> None:
    samples, spec = dataset.samples, dataset.spec
    if not len(samples):
        raise DataError("the source holds no samples")
    if samples.values.shape[1:] != spec.shape:
        raise DataError(
            f"the source says its samples are {spec.shape}, but they are {samples.values.shape[1:]}"
        )
    if samples.labels.min() < 0 or samples.labels.max() >= spec.classes:
        raise DataError(
            f"labels must lie in 0 … {spec.classes - 1}, one for each of the {spec.classes} class names"
        )
    if not np.isfinite(samples.values).all():
        bad = int((~np.isfinite(samples.values.reshape(len(samples), -1)).all(axis=1)).sum())
        raise DataError(f"{bad} of {len(samples)} samples hold NaN or infinite values: mend or remove them")
    if spec.value_range is not None:
        low, high = spec.value_range
        if samples.values.min() < low or samples.values.max() > high:
            raise DataError(
                f"values must lie in [{low}, {high}], but reach from "
                f"{samples.values.min()} to {samples.values.max()}"
            )
    counts = samples.per_class(spec.classes)
    if spec.classes < 2:
        raise DataError(
            f"there is only one class, {spec.class_names[0]!r}: there must be at least two to tell apart"
        )
    small = [name for name, count in zip(spec.class_names, counts, strict=True) if count < 2]
    if small:
        raise DataError(
            f"{_named(small)} fewer than 2 samples: a class needs one to learn from and one to test on. "
            "Add samples, or leave the class out"
        )


def _named(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:5]) + (" …" if len(names) > 5 else "")
    return f"class {shown} has" if len(names) == 1 else f"{len(names)} classes ({shown}) have"
