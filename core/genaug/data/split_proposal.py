"""Settings of a split that fit a data set: large enough views for a verdict, where any split allows one."""

from collections.abc import Iterator

import numpy as np

from genaug.data.dataset import VIEWS, Dataset
from genaug.data.split import Split, split_rows
from genaug.errors import DataError

SHARES = ((0.5, 0.2), (0.5, 0.1), (0.4, 0.1))
"""Training and validation shares, from the best to those for few data."""
SCARCE_SHARES = ((0.3, 0.1), (0.5, 0.0), (0.4, 0.0), (0.3, 0.0))
"""Shares for so few data that training or validation samples must be given up, where folds are impossible."""
TEST_SAMPLES = 60
"""Test samples of a proposed split, where the data have that many: below 50 no verdict is given."""
UNEVEN = 1.5
"""Ratio of the largest to the smallest class above which scores are means over classes, and"""
TEST_PER_CLASS = 5
"""each class needs this many test samples."""
FOLDS = 5
FOLD_VALIDATION = 0.1
"""Validation share of what a fold leaves."""


def propose_split(dataset: Dataset, seed: int, test: int = TEST_SAMPLES) -> Split:
    """Return the best split of a data set: one that allows a verdict, where any does.

    In this order: half or 40 % for training, with as many test samples as wanted; folds, each of which is the
    test view of its own run, so that every sample is tested; smaller shares for training; and, where no split
    has enough test samples, the first that all classes can fill.

    Args:
        dataset: the data set, with its groups and fixed views.
        seed: of the split, derived from the run's (`genaug.stages.split.split_seed`).
        test: fewest test samples.

    Raises:
        DataError: where a class cannot fill the views of any split.
    """
    found = split_with_test(dataset, seed, test)
    if found is not None:
        return found
    refused: DataError | None = None
    for train, validation in (*SHARES, *SCARCE_SHARES):
        split = Split(train_share=train, validation_share=validation)
        try:
            split_rows(dataset, split, seed)
        except DataError as error:
            refused = error
            continue
        return split
    assert refused is not None
    raise refused


def split_with_test(dataset: Dataset, seed: int, test: int = TEST_SAMPLES) -> Split | None:
    """Return the first split of `propose_split` with at least `test` test samples; None where there is none.

    Uneven classes have at least `TEST_PER_CLASS` test samples each, where any split gives them as many. The
    test samples of all folds count together, as they share one verdict.
    """
    classes, first = dataset.spec.classes, None
    for split in _tried(dataset):
        try:
            rows = split_rows(dataset, split.of_fold(1), seed)
        except DataError:
            continue
        of_verdict = [rows["test"]] if split.folds is None else [rows[view] for view in VIEWS]
        counts = dataset.samples.take(np.concatenate(of_verdict)).per_class(classes)
        if counts.sum() < test:
            continue
        if counts.min() >= TEST_PER_CLASS or counts.max() <= UNEVEN * counts.min():
            return split
        first = first or split
    return first


def _tried(dataset: Dataset) -> Iterator[Split]:
    for train, validation in SHARES:
        yield Split(train_share=train, validation_share=validation)
    fewest = int(dataset.samples.per_class(dataset.spec.classes).min())
    for folds in sorted({FOLDS, min(FOLDS, max(2, fewest))}, reverse=True):
        yield Split(folds=folds, validation_share=FOLD_VALIDATION)
        yield Split(folds=folds, validation_share=0.0)
    for train, validation in SCARCE_SHARES:
        yield Split(train_share=train, validation_share=validation)
