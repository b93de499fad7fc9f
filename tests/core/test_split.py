"""The split: stratified, by content, group-aware, made once."""

import numpy as np
import pytest
from pydantic import ValidationError

from genaug.data import Dataset, Samples, SampleSpec
from genaug.data.split import Split, split_rows
from genaug.errors import DataError


def dataset(counts: tuple[int, ...], groups: list[str] | None = None, seed: int = 0) -> Dataset:
    spec = SampleSpec(
        modality="vector", shape=(3,), class_names=tuple(f"class {i}" for i in range(len(counts)))
    )
    labels = np.repeat(np.arange(len(counts)), counts)
    values = np.random.default_rng(seed).normal(size=(len(labels), 3)).astype(np.float32)
    return Dataset(spec, Samples(values, labels), None if groups is None else np.array(groups))


def counted(data: Dataset, rows: dict[str, np.ndarray]) -> dict[str, list[int]]:
    return {
        view: np.bincount(data.samples.labels[r], minlength=data.spec.classes).tolist()
        for view, r in rows.items()
        if view != "unlabelled"
    }


def test_counts_per_class_are_met_and_the_rest_is_the_test_view() -> None:
    data = dataset((50, 40))
    rows = split_rows(data, Split(train_per_class=10, validation_per_class=5), seed=0)
    assert counted(data, rows) == {"train": [10, 10], "validation": [5, 5], "test": [35, 25]}
    assert sorted(np.concatenate(list(rows.values()))) == list(range(90))
    assert not len(rows["unlabelled"])


def test_shares_and_a_cap_on_the_test_view() -> None:
    data = dataset((100, 20))
    rows = split_rows(data, Split(train_share=0.5, validation_share=0.1, test_per_class=7), seed=0)
    assert counted(data, rows) == {"train": [50, 10], "validation": [10, 2], "test": [7, 7]}


def test_the_split_follows_the_content_not_the_order() -> None:
    data = dataset((30, 30))
    order = np.random.default_rng(1).permutation(60)
    shuffled = Dataset(data.spec, data.samples.take(order))
    split = Split(train_per_class=5, validation_per_class=5)
    for view, rows in split_rows(data, split, seed=3).items():
        again = split_rows(shuffled, split, seed=3)[view]
        assert set(data.samples.ids[rows]) == set(shuffled.samples.ids[again])


def test_another_seed_gives_another_split() -> None:
    data = dataset((30, 30))
    split = Split(train_per_class=5, validation_per_class=5)
    assert not np.array_equal(split_rows(data, split, 0)["train"], split_rows(data, split, 1)["train"])


def test_groups_and_exact_copies_stay_together() -> None:
    data = dataset((40, 40), groups=[f"patient {i // 4}" for i in range(80)])
    data.samples.values[5] = data.samples.values[70]  # joins two patients of different classes
    rows = split_rows(data, Split(train_per_class=8, validation_per_class=8), seed=0)
    home = {int(row): view for view, part in rows.items() for row in part}
    assert data.groups is not None
    for patient in set(data.groups):
        assert len({home[int(row)] for row in np.flatnonzero(data.groups == patient)}) == 1
    assert home[5] == home[70]


@pytest.mark.parametrize("counts", [(12, 40), (15, 40)])
def test_a_class_too_small_for_its_views_is_named(counts: tuple[int, int]) -> None:
    with pytest.raises(DataError, match=rf"class 'class 0' has {counts[0]} samples.*train_per_class"):
        split_rows(dataset(counts), Split(train_per_class=10, validation_per_class=5), seed=0)


def test_a_class_that_one_group_swallows_is_named() -> None:
    data = dataset((10, 10), groups=["only one"] * 10 + [str(i) for i in range(10)])
    with pytest.raises(DataError, match=r"'class 0'.*stay together"):
        split_rows(data, Split(train_share=0.5, validation_share=0.2), seed=0)


def test_no_validation_view_may_be_asked_for() -> None:
    rows = split_rows(dataset((10, 10)), Split(train_per_class=5, validation_per_class=0), seed=0)
    assert len(rows["validation"]) == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"train_per_class": 1, "train_share": 0.1}, "not both"),
        ({"train_share": 0.8, "validation_share": 0.2}, "leave nothing for the test view"),
        ({"train_per_class": 0}, "greater than or equal to 1"),
        ({"train": 3}, "Extra inputs"),
    ],
)
def test_settings_that_contradict_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Split.model_validate(settings)


def test_unlabelled_samples_go_to_training_unless_they_repeat_a_held_out_one() -> None:
    data = dataset((40, 40))
    labels = data.samples.labels.copy()
    labels[30:40] = -1
    values = data.samples.values.copy()
    values[39] = values[45]  # its copy has a label
    split = Split(train_per_class=8, validation_per_class=8)
    plain = split_rows(data, split, seed=0)
    copied = Dataset(data.spec, Samples(values, labels))
    rows = split_rows(copied, split, seed=0)
    home = next(view for view in ("train", "validation", "test") if 45 in rows[view])
    assert not any((labels[rows[view]] < 0).any() for view in ("train", "validation", "test"))
    assert set(rows["unlabelled"]) == set(range(30, 40)) - ({39} if home != "train" else set())
    held = int(plain["test"][-1])
    values[38] = values[held]
    again = split_rows(Dataset(data.spec, Samples(values, labels)), split, seed=0)
    assert 38 not in again["unlabelled"] or held in again["train"]


def test_unlabelled_members_of_a_held_out_group_are_left_out() -> None:
    data = dataset((40, 40), groups=[f"patient {i // 4}" for i in range(80)])
    labels = data.samples.labels.copy()
    labels[::4] = -1  # one of each patient
    mixed = Dataset(data.spec, Samples(data.samples.values, labels), data.groups)
    rows = split_rows(mixed, Split(train_per_class=9, validation_per_class=6), seed=0)
    assert data.groups is not None
    held_out = set(data.groups[np.concatenate([rows["validation"], rows["test"]])])
    assert len(rows["unlabelled"])
    assert not held_out & set(data.groups[rows["unlabelled"]])


def assigned(data: Dataset, views: list[str], groups: list[str] | None = None) -> Dataset:
    return Dataset(
        data.spec, data.samples, None if groups is None else np.array(groups), views=np.array(views)
    )


def test_a_fixed_test_view_is_kept_and_the_rest_is_divided_by_the_ratio_of_the_shares() -> None:
    data = assigned(dataset((50, 40)), ["test" if i % 5 == 0 else "" for i in range(90)])
    rows = split_rows(data, Split(train_share=0.5, validation_share=0.25), seed=0)
    assert counted(data, rows) == {"train": [27, 21], "validation": [13, 11], "test": [10, 8]}
    assert set(rows["test"]) == set(range(0, 90, 5))


def test_views_that_the_source_assigns_are_all_kept() -> None:
    views = [("train", "validation", "test")[i % 3] for i in range(90)]
    data = assigned(dataset((50, 40)), views)
    rows = split_rows(data, Split(train_per_class=2), seed=0)
    assert all((data.views[rows[view]] == view).all() for view in ("train", "validation", "test"))
    assert sum(len(found) for found in rows.values()) == 90


def test_a_training_sample_that_shares_a_group_with_a_fixed_test_sample_is_left_out() -> None:
    views = ["test", "train", "", *["train"] * 20, *["test"] * 10, *["validation"] * 7]
    groups = ["one", "one", "one", *[f"group {i}" for i in range(37)]]
    data = assigned(dataset((40,)), views, groups)
    rows = split_rows(data, Split(), seed=0)
    assert {0, 2} <= set(rows["test"]), "an unassigned member follows the test sample"
    assert 1 not in np.concatenate(list(rows.values()))
    assert len(rows["train"]) == 20


def test_times_cut_the_views_with_the_earliest_for_training() -> None:
    data = dataset((50, 50))
    times = np.random.default_rng(0).permutation(100).astype(np.float64)
    timed = Dataset(data.spec, data.samples, times=times)
    rows = split_rows(timed, Split(train_share=0.5, validation_share=0.2), seed=0)
    assert [len(rows[view]) for view in ("train", "validation", "test")] == [50, 20, 30]
    assert times[rows["train"]].max() < times[rows["validation"]].min()
    assert times[rows["validation"]].max() < times[rows["test"]].min()
    with pytest.raises(DataError, match=r"split\.train_per_class cannot be kept"):
        split_rows(timed, Split(train_per_class=5), seed=0)


def test_samples_of_one_time_are_not_separated() -> None:
    data = dataset((30, 30))
    days = np.repeat(np.arange(6), 10).astype(np.float64)[np.random.default_rng(1).permutation(60)]
    rows = split_rows(Dataset(data.spec, data.samples, times=days), Split(), seed=0)
    seen = [set(days[rows[view]]) for view in ("train", "validation", "test")]
    assert not seen[0] & seen[1]
    assert not seen[1] & seen[2]


def test_a_class_without_a_test_sample_in_fixed_views_is_named() -> None:
    data = assigned(dataset((20, 20)), ["test" if i < 5 else "" for i in range(40)])
    with pytest.raises(
        DataError, match=r"class 'class 1' .* none in the test view, .* by what the source assigns"
    ):
        split_rows(data, Split(), seed=0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"views": np.array(["train", "holdout", "test"])}, "'holdout' is not the name of a view"),
        ({"views": np.array(["train"])}, "`views` has the shape .1. for 3 samples"),
        ({"times": np.array([1.0, np.nan, 2.0])}, "the time of sample 1 is nan"),
        ({"groups": np.array(["a", "b"])}, "`groups` has the shape"),
    ],
)
def test_what_does_not_fit_the_samples_is_refused(given: dict[str, np.ndarray], message: str) -> None:
    data = dataset((3,))
    with pytest.raises(DataError, match=message):
        Dataset(data.spec, data.samples, **given).check_rows()


def test_rare_classes_have_counts_of_their_own() -> None:
    spec = SampleSpec(modality="vector", shape=(1,), class_names=("common", "rare"))
    labels = np.repeat([0, 1], [200, 100]).astype(np.int64)
    samples = Samples(np.arange(300, dtype=np.float32)[:, None], labels)
    split = Split(train_counts={"common": 120, "rare": 10}, test_per_class=50)
    rows = split_rows(Dataset(spec, samples), split, 0)
    counts = {
        view: samples.take(rows[view]).per_class(2).tolist() for view in ("train", "validation", "test")
    }
    # Validation has the ratio of the shares, 0.2 to 0.5; of 200 common samples 32 are left.
    assert counts == {"train": [120, 10], "validation": [48, 4], "test": [32, 50]}
    shown = Split.model_validate(split.model_dump(mode="json"))
    assert shown == split
    fixed = Split(train_per_class=20, train_counts={"rare": 3}, validation_per_class=5)
    rows = split_rows(Dataset(spec, samples), fixed, 0)
    assert samples.take(rows["train"]).per_class(2).tolist() == [20, 3]
    assert samples.take(rows["validation"]).per_class(2).tolist() == [5, 5]


def test_counts_of_classes_that_do_not_exist_or_cannot_be_had_are_refused() -> None:
    spec = SampleSpec(modality="vector", shape=(1,), class_names=("common", "rare"))
    data = Dataset(spec, Samples(np.arange(40, dtype=np.float32)[:, None], np.arange(40) % 2))
    with pytest.raises(DataError, match="names 'lynx', which is not a class; the classes are common, rare"):
        split_rows(data, Split(train_counts={"lynx": 3}), 0)
    with pytest.raises(DataError, match=r"class 'rare' has 20 samples: with 20 for training"):
        split_rows(data, Split(train_counts={"rare": 20}), 0)
    with pytest.raises(ValueError, match=r"with folds, .* leave train_counts out"):
        Split(folds=3, train_counts={"rare": 3})
