"""Settings of a split that fit a data set: large enough views for a verdict, where any split allows one."""

from genaug.data.dataset import Dataset
from genaug.data.split import Split, split_rows
from genaug.errors import DataError

SHARES = ((0.5, 0.2), (0.5, 0.1), (0.4, 0.1), (0.3, 0.1), (0.5, 0.0), (0.4, 0.0), (0.3, 0.0))
"""Training and validation shares, from the best to those for little data."""
TEST_SAMPLES = 60
"""Test samples of a proposed split, where the data have that many: below 50 no verdict is given."""


def split_with_test(dataset: Dataset, seed: int, test: int = TEST_SAMPLES) -> Split | None:
    """Return a split with at least `test` test samples; None where no split has as many.

    Args:
        dataset: the data set, with its groups.
        seed: of the split.
        test: fewest test samples.
    """
    for train, validation in SHARES:
        split = Split(train_share=train, validation_share=validation)
        try:
            rows = split_rows(dataset, split, seed)
        except DataError:
            continue
        if len(rows["test"]) >= test:
            return split
    return None
