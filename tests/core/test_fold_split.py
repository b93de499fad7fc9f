"""Splits by folds, and proposed splits."""

import numpy as np
import pytest

from genaug.data import Dataset, Samples, SampleSpec
from genaug.data.split import Split, split_rows
from genaug.data.split_proposal import propose_split, split_with_test
from genaug.errors import ConfigError, DataError


def dataset(*counts: int, groups: int | None = None) -> Dataset:
    labels = np.repeat(np.arange(len(counts)), counts).astype(np.int64)
    values = np.random.default_rng(0).normal(size=(len(labels), 2)).astype(np.float32)
    spec = SampleSpec(modality="vector", shape=(2,), class_names=tuple(f"c{n}" for n in range(len(counts))))
    named = None if groups is None else np.array([f"g{row // groups}" for row in range(len(labels))])
    return Dataset(spec, Samples(values, labels), named)


@pytest.mark.parametrize("groups", [None, 3])
def test_every_sample_is_tested_in_exactly_one_fold(groups: int | None) -> None:
    data = dataset(30, 18, groups=groups)
    tested = []
    for fold in (1, 2, 3):
        rows = split_rows(data, Split(folds=3, fold=fold, validation_share=0.2), 7)
        tested.append(rows["test"])
        everything = np.concatenate([rows[view] for view in ("train", "validation", "test")])
        assert sorted(everything) == list(range(48))
        assert len(rows["validation"]) >= 6
        if data.groups is not None:
            used = [set(data.groups[rows[view]]) for view in ("train", "validation", "test")]
            assert not used[0] & used[2]
            assert not used[1] & used[2]
    assert sorted(np.concatenate(tested)) == list(range(48))


def test_a_class_may_have_fewer_samples_than_folds_but_not_none_to_learn_from() -> None:
    data = dataset(20, 2)
    for fold in range(1, 6):
        rows = split_rows(data, Split(folds=5, fold=fold, validation_share=0), 1)
        assert data.samples.labels[rows["train"]].sum() >= 1
    lonely = [Split(folds=2, fold=fold, validation_share=0) for fold in (1, 2)]
    with pytest.raises(DataError, match=r"class 'c1' has 1 sample: fold . of 2 leaves 0 for training"):
        [split_rows(dataset(20, 1), one, 1) for one in lonely]


def test_settings_that_do_not_go_together() -> None:
    for wrong in ({"fold": 1}, {"folds": 3, "fold": 4}, {"folds": 3, "train_per_class": 5}):
        with pytest.raises(ValueError, match="fold"):
            Split(**wrong)
    with pytest.raises(ConfigError, match=r"split\.fold"):
        split_rows(dataset(20, 20), Split(folds=3), 0)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((500, 500), Split(train_share=0.5, validation_share=0.2)),
        ((80, 80), Split(train_share=0.5, validation_share=0.1)),
        ((40, 40), Split(folds=5, validation_share=0.1)),
        ((70, 2), Split(folds=5, validation_share=0.1)),
        ((288, 12), Split(train_share=0.5, validation_share=0.1)),  # five of the rare class are tested
        ((394, 6), Split(folds=5, validation_share=0.1)),
        ((12, 12), Split(train_share=0.5, validation_share=0.2)),  # no split allows a verdict
    ],
)
def test_the_proposed_split_allows_a_verdict_if_any_does(counts: tuple[int, ...], expected: Split) -> None:
    assert propose_split(dataset(*counts), 3) == expected


def test_a_split_with_so_many_test_samples_is_found_or_not() -> None:
    assert split_with_test(dataset(26, 25), 0, 50) is not None
    assert split_with_test(dataset(24, 25), 0, 50) is None
