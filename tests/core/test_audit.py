"""The audit: what is wrong with data is said before anything is learned from it."""

import numpy as np
import pytest

from genaug.data import Dataset, Samples, SampleSpec
from genaug.data.audit import audit
from genaug.data.copies import near_copies, near_copies_across
from genaug.errors import DataError

SPEC = SampleSpec(modality="image", shape=(1, 8, 8), class_names=("cat", "dog"), value_range=(-1.0, 1.0))


def images(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.9, 0.9, (n, 1, 8, 8)).astype(np.float32)


def data(values: np.ndarray, labels: list[int], spec: SampleSpec = SPEC) -> Dataset:
    return Dataset(spec, Samples(values, np.array(labels, dtype=np.int64)), problems=("left.png is corrupt",))


def test_counts_copies_conflicts_and_problems() -> None:
    values = images(20)
    values[1] = values[0]  # the same image under the same class
    values[19] = values[2]  # … and under both
    values[5] = values[4] + 0.005
    found = audit(data(values, [0] * 17 + [1] * 3))
    assert found.samples == 20
    assert found.classes == {"cat": 17, "dog": 3}
    assert found.exact_copies == 2
    assert found.conflicting_labels == 1
    assert len(found.conflicts) == 1
    assert any(
        f"1 sample occurs under more than one class: {found.conflicts[0]}." in one for one in found.notes
    )
    assert found.near_copies == 2
    assert found.problems == ("left.png is corrupt",)
    assert "imbalanced: 3 of 'dog', 17 of 'cat'" in " ".join(found.notes)


@pytest.mark.parametrize(
    ("values", "labels", "message"),
    [
        (images(0), [], "no samples"),
        (images(4), [0, 0, 0, 1], "class 'dog' has fewer than 2"),
        (images(4), [0, 0, 0, 0], "class 'dog' has fewer than 2"),
        (images(4), [0, 0, 1, 2], "labels must be in 0 … 1"),
        (images(4), [0, 0, 1, -2], "or -1 for unlabelled samples, but reach from -2 to 1"),
        (np.full((4, 1, 8, 8), np.nan, np.float32), [0, 0, 1, 1], "4 of 4 samples contain NaN"),
        (images(4) * 300, [0, 0, 1, 1], r"must be in \[-1.0, 1.0\]"),
        (images(4).reshape(4, 1, 4, 16), [0, 0, 1, 1], r"has the shape \(1, 8, 8\), not \(1, 4, 16\)"),
    ],
)
def test_data_that_nothing_can_be_learned_from_is_refused(
    values: np.ndarray, labels: list[int], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        audit(data(values, labels))


def test_one_class_passes_with_a_note() -> None:
    spec = SPEC.model_copy(update={"class_names": ("cat",)})
    found = audit(data(images(4), [0, 0, 0, 0], spec))
    assert found.classes == {"cat": 4}
    assert any("one class, 'cat'" in note for note in found.notes)


def test_unlabelled_samples_are_counted_apart_from_classes() -> None:
    found = audit(data(images(6), [0, 0, 1, 1, -1, -1]))
    assert (found.samples, found.classes, found.unlabelled) == (6, {"cat": 2, "dog": 2}, 2)


def test_an_unlabelled_copy_is_no_conflict_of_labels() -> None:
    values = images(5)
    values[4] = values[0]
    assert audit(data(values, [0, 0, 1, 1, -1])).conflicting_labels == 0


def test_labels_of_several_axes_are_refused_by_name() -> None:
    masks = Samples(images(4), np.zeros((4, 8, 8), dtype=np.int64))
    with pytest.raises(DataError, match=r"labels have the shape \[4, 8, 8\].*`Samples.targets`"):
        audit(Dataset(SPEC, masks))


def test_near_copies_across_views_include_exact_ones() -> None:
    train = Samples(images(30), np.zeros(30, np.int64))
    held_out = images(5, seed=1)
    held_out[1] = train.values[3]
    held_out[2] = np.clip(train.values[7] + 0.01, -1, 1)
    marked = near_copies_across(Samples(held_out, np.zeros(5, np.int64)), train, SPEC)
    assert marked.tolist() == [False, True, True, False, False]


def test_near_copies_of_large_images_are_seen_in_thumbnails() -> None:
    spec = SampleSpec(modality="image", shape=(3, 40, 40), class_names=("a", "b"), value_range=(-1.0, 1.0))
    smooth = (
        np.random.default_rng(0).uniform(-0.8, 0.8, (6, 3, 8, 8)).repeat(5, 2).repeat(5, 3).astype(np.float32)
    )
    smooth[4] = smooth[1] + np.random.default_rng(1).normal(0, 0.05, smooth[1].shape).astype(np.float32)
    assert near_copies(Samples(smooth, np.zeros(6, np.int64)), spec).tolist() == [
        False,
        True,
        False,
        False,
        True,
        False,
    ]


def test_vectors_are_compared_on_their_own_scale() -> None:
    spec = SampleSpec(modality="vector", shape=(4,), class_names=("a", "b"))
    values = (1000 + 10 * np.random.default_rng(0).normal(size=(40, 4))).astype(np.float32)
    values[1] = values[0] + 0.01
    assert np.flatnonzero(near_copies(Samples(values, np.zeros(40, np.int64)), spec)).tolist() == [0, 1]
