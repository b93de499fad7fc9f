"""The audit of a data set: its counts and its problems, before anything is learned from it."""

import numpy as np
from pydantic import BaseModel, ConfigDict

from genaug.data.column_summary import ColumnSummary, column_summaries
from genaug.data.copies import MOST, near_copies
from genaug.data.dataset import VIEWS, Dataset
from genaug.data.samples import UNLABELLED, IntArray
from genaug.data.spec import InvalidValues
from genaug.data.stored import rows_per_block
from genaug.errors import DataError

NAMED = 3
"""Conflicts that a note names; the audit's record has all of them."""


class Audit(BaseModel):
    """The result of an audit."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    samples: int
    classes: dict[str, int]
    """Samples of each class, by name."""
    unlabelled: int = 0
    """Samples whose class is not known."""
    problems: tuple[str, ...] = ()
    """Problems that the source found while reading, e.g. corrupt files that were skipped."""
    exact_copies: int = 0
    """Samples that are equal to an earlier one, to the bit."""
    conflicting_labels: int = 0
    """Contents that occur under more than one class."""
    conflicts: tuple[str, ...] = ()
    """For each of those, where it occurs and with which class."""
    near_copies: int = 0
    """Samples that have a near copy, but not an exact one."""
    notes: tuple[str, ...] = ()
    """Notes for the user, a sentence each."""
    columns: tuple[ColumnSummary, ...] = ()
    """Of a table: the contents of each column."""


def audit(dataset: Dataset) -> Audit:
    """Check a data set.

    Raises:
        DataError: where nothing can be learned from it: no labelled samples, a class with a single
            sample, labels that are not one class a sample, values that disagree with the spec.
    """
    _check(dataset)
    samples, spec = dataset.samples, dataset.spec
    counts = samples.per_class(spec.classes)
    ids, first, repeats = np.unique(samples.ids, return_inverse=True, return_counts=True)
    labelled = samples.labels >= 0
    labels_of = np.unique(np.stack([first[labelled], samples.labels[labelled]]), axis=1)
    conflicts = [
        _occurrences(dataset, np.flatnonzero((first == content) & labelled))
        for content in np.flatnonzero(np.bincount(labels_of[0], minlength=len(ids)) > 1)
    ]
    exact = int((repeats - 1).sum())
    notes = []
    if exact:
        repeat = "1 sample repeats" if exact == 1 else f"{exact} samples repeat"
        notes.append(f"{repeat} another one to the bit; copies stay together when the data is split")
    if conflicts:
        occur = "1 sample occurs" if len(conflicts) == 1 else f"{len(conflicts)} samples occur"
        more = f"; and {len(conflicts) - NAMED} more" if len(conflicts) > NAMED else ""
        notes.append(
            f"{occur} under more than one class: {'; '.join(conflicts[:NAMED])}{more}. Look at their labels"
        )
    if dataset.views is not None:
        assigned = {view: int((dataset.views == view).sum()) for view in VIEWS}
        said = ", ".join(f"{count} to {view}" for view, count in assigned.items() if count)
        rest = int((dataset.views == "").sum())
        notes.append(
            f"{spec.details.get('views', 'the source')} assigns {said or 'no sample to a view'}"
            f"{f'; the other {rest} are divided by `split`' if rest else ''}"
        )
    if dataset.times is not None:
        notes.append(
            f"{spec.details.get('times', 'the source')} gives times: the views are cut by time, training the "
            "earliest, test the latest"
        )
    whole = [name for name in spec.class_names if name.lstrip("-").isdigit()]
    if "-1" in whole and len(whole) == len(spec.class_names) > 2:
        count = counts[spec.class_names.index("-1")]
        notes.append(
            f"'-1' is a class of {count} samples; where it means that the class is not known, leave those "
            "labels empty"
        )
    if len(counts) == 1:
        notes.append(f"there is one class, {spec.class_names[0]!r}: a classification task needs two")
    if counts.max() >= 5 * counts.min():
        rare, common = spec.class_names[counts.argmin()], spec.class_names[counts.argmax()]
        notes.append(f"classes are imbalanced: {counts.min()} of {rare!r}, {counts.max()} of {common!r}")
    near = 0
    if len(samples) <= MOST:
        near = int(near_copies(samples, spec).sum())
    else:
        notes.append(f"near copies were not searched: {len(samples):,} samples, above the limit of {MOST:,}")
    return Audit(
        samples=len(samples),
        classes=dict(zip(spec.class_names, counts.tolist(), strict=True)),
        unlabelled=int((~labelled).sum()),
        problems=dataset.problems,
        exact_copies=exact,
        conflicting_labels=len(conflicts),
        conflicts=tuple(conflicts),
        near_copies=near,
        notes=tuple(notes),
        columns=column_summaries(spec.columns, samples.values) if spec.modality == "table" else (),
    )


def _occurrences(dataset: Dataset, rows: IntArray) -> str:
    """Return where a content occurs, with its classes: ``a.png is 'cat', b.png is 'dog'``."""
    names, origins = dataset.spec.class_names, dataset.origins
    return ", ".join(
        f"{f'sample {row}' if origins is None else origins[row]} is {names[dataset.samples.labels[row]]!r}"
        for row in rows.tolist()
    )


def _check(dataset: Dataset) -> None:
    """Raise DataError where nothing can be learned from a data set."""
    samples, spec = dataset.samples, dataset.spec
    if not len(samples):
        raise DataError("the source has no samples")
    if samples.labels.ndim != 1:
        raise DataError(
            f"labels have the shape {list(samples.labels.shape)}, but a sample has one class: [N]. What a "
            "task predicts beside a class (a mask, a number) belongs in `Samples.targets`"
        )
    if not spec.classes:
        raise DataError("the source names no classes: give unclassified samples one class, such as 'all'")
    if samples.labels.min() < UNLABELLED or samples.labels.max() >= spec.classes:
        raise DataError(
            f"labels must be in 0 … {spec.classes - 1}, one for each of the {spec.classes} class names, "
            f"or {UNLABELLED} for unlabelled samples, but reach from {samples.labels.min()} to "
            f"{samples.labels.max()}"
        )
    if samples.targets is not None and not np.isfinite(samples.targets).all():
        raise DataError("targets contain NaN or infinite values: mend or remove these samples")
    seen = 0
    for batch in samples.batches(rows_per_block(spec.shape, 8)):
        try:
            spec.check_values(batch.values)
        except InvalidValues as error:
            where = "" if len(batch) == len(samples) else f"samples {seen} to {seen + len(batch) - 1}: "
            raise DataError(f"{where}{error}: mend or remove them") from error
        seen += len(batch)
    counts = samples.per_class(spec.classes)
    small = [name for name, count in zip(spec.class_names, counts, strict=True) if count < 2]
    if small:
        shown = ", ".join(map(repr, small[:5])) + (" …" if len(small) > 5 else "")
        short = f"class {shown} has" if len(small) == 1 else f"{len(small)} classes ({shown}) have"
        raise DataError(
            f"{short} fewer than 2 samples: a class needs one to learn from and one to test on. "
            "Add samples, or leave the class out"
        )
