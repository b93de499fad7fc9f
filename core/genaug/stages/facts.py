"""The facts of a data set and its split, from the counts of its views."""

from collections.abc import Mapping
from functools import partial

import numpy as np

from genaug.data import DataFacts, Dataset
from genaug.data.samples import UNLABELLED
from genaug.data.split import Split
from genaug.data.split_proposal import split_with_test
from genaug.stages.split import split_seed


def facts(dataset: Dataset, split: Split, seed: int, views: Mapping[str, Mapping[str, int]]) -> DataFacts:
    """Return what is known of a data set before anything is learned.

    Args:
        dataset: the audited data set.
        split: the settings of its split.
        seed: of the run.
        views: samples of each class in each view, by their names.
    """
    names = dataset.spec.class_names
    train, validation, test = (
        np.array([views[view][name] for name in names], dtype=np.int64)
        for view in ("train", "validation", "test")
    )
    return DataFacts(
        dataset.spec,
        split,
        train,
        validation,
        test,
        int((dataset.samples.labels == UNLABELLED).sum()),
        dataset.groups is not None,
        folds=split.folds or 1,
        propose=partial(split_with_test, dataset, split_seed(seed)),
    )
