from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genaug.data import Dataset
from genaug.data.images import from_uint8, to_uint8
from genaug.errors import DataError
from genaug_plugins.sources.arrays import ArraysSource

RANDOM = np.random.default_rng(0)
LABELS = np.array([0, 1, 1, 0])


def saved(tmp_path: Path, **arrays: Any) -> Path:
    np.savez(tmp_path / "data.npz", **arrays)
    return tmp_path / "data.npz"


def load(tmp_path: Path, values: Any, labels: Any = LABELS, **settings: Any) -> Dataset:
    return ArraysSource(path=saved(tmp_path, values=values, labels=labels), **settings).load()


def refused(tmp_path: Path, values: Any, labels: Any = LABELS, **settings: Any) -> str:
    with pytest.raises(DataError) as caught:
        load(tmp_path, values, labels, **settings)
    return str(caught.value)


def test_vectors_are_left_as_they_are(tmp_path: Path) -> None:
    values = RANDOM.normal(0, 100, (4, 5))
    dataset = load(tmp_path, values)
    assert dataset.spec.modality == "vector"
    assert dataset.spec.shape == (5,)
    assert dataset.spec.value_range is None
    assert dataset.spec.class_names == ("0", "1")
    assert (dataset.samples.values == values.astype(np.float32)).all()
    assert dataset.origins is not None
    assert dataset.origins.tolist() == ["data.npz[0]", "data.npz[1]", "data.npz[2]", "data.npz[3]"]


@pytest.mark.parametrize(
    ("shape", "settings", "expected"),
    [
        ((4, 2, 9), {}, (2, 9)),
        ((4, 9, 2), {"layout": "channels-last"}, (2, 9)),
        ((4, 9), {"modality": "signal"}, (1, 9)),
    ],
)
def test_signals_have_channels_first(
    tmp_path: Path, shape: tuple[int, ...], settings: dict[str, Any], expected: tuple[int, ...]
) -> None:
    values = RANDOM.normal(size=shape).astype(np.float32)
    dataset = load(tmp_path, values, **settings)
    assert dataset.spec.modality == "signal"
    assert dataset.spec.shape == expected
    turned = values.transpose(0, 2, 1) if settings.get("layout") else values.reshape(4, *expected)
    assert (dataset.samples.values == turned).all()


@pytest.mark.parametrize(
    ("shape", "settings", "axes"),
    [
        ((4, 8, 6), {}, None),
        ((4, 8, 6, 3), {}, (0, 3, 1, 2)),
        ((4, 3, 8, 6), {}, (0, 1, 2, 3)),
        ((4, 2, 2, 3), {"layout": "channels-first"}, (0, 1, 2, 3)),
    ],
)
def test_bytes_become_images_as_exactly_as_png_does(
    tmp_path: Path, shape: tuple[int, ...], settings: dict[str, Any], axes: tuple[int, ...] | None
) -> None:
    pixels = RANDOM.integers(0, 256, shape, dtype=np.uint8)
    dataset = load(tmp_path, pixels, **settings)
    assert dataset.spec.modality == "image"
    expected = pixels[:, None] if axes is None else pixels.transpose(axes)
    assert (dataset.samples.values == from_uint8(expected)).all()


@pytest.mark.parametrize(
    ("values", "settings"),
    [
        (np.array([0.0, 0.25, 1.0]), {}),
        (np.array([-1.0, -0.5, 1.0]), {}),
        (np.array([0, 16384, 65535], dtype=np.uint16), {}),
        (np.array([0, 4, 16], dtype=np.int64), {"levels": (0, 16)}),
        (np.array([-16, -12, 0], dtype=np.int64), {"levels": (-16, 0)}),
    ],
)
def test_other_levels_are_scaled(tmp_path: Path, values: np.ndarray, settings: dict[str, Any]) -> None:
    images = np.broadcast_to(values[:, None, None, None], (3, 1, 8, 8))
    read = load(tmp_path, images, labels=[0, 1, 0], **settings).samples.values[:, 0, 0, 0]
    assert np.allclose(read, [-1.0, -0.5, 1.0], atol=1e-4)


def test_labels_may_be_names_or_any_numbers(tmp_path: Path) -> None:
    values = RANDOM.normal(size=(4, 2))
    names = load(tmp_path, values, np.array(["dog", "cat", "cat", "dog"]))
    assert names.spec.class_names == ("cat", "dog")
    assert names.samples.labels.tolist() == [1, 0, 0, 1]
    assert load(tmp_path, values, np.array([b"b", b"a", b"a", b"b"])).spec.class_names == ("a", "b")
    gaps = load(tmp_path, values, np.array([[7], [-3], [7], [100]]), class_names=("low", "mid", "high"))
    assert gaps.samples.labels.tolist() == [1, 0, 1, 2]
    assert gaps.spec.class_names == ("low", "mid", "high")
    assert load(tmp_path, values, np.array([2.0, 1.0, 1.0, 2.0])).spec.class_names == ("1", "2")


def test_groups_are_read_where_they_are_named(tmp_path: Path) -> None:
    path = saved(tmp_path, x=RANDOM.normal(size=(4, 2)), y=LABELS, patient=[10, 10, 11, 12])
    dataset = ArraysSource(path=path, values="x", labels="y", groups="patient").load()
    assert dataset.groups is not None
    assert dataset.groups.tolist() == ["10", "10", "11", "12"]


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    good = RANDOM.normal(size=(4, 2))
    holed = good.copy()
    holed[2, 1] = np.nan
    assert "NaN or infinite values in 1 of 4 samples, the first in row 2" in refused(tmp_path, holed)
    assert "NaN or infinite" in refused(tmp_path, good * 1e300)
    assert "has shape [3], but there are 4 samples" in refused(tmp_path, good, [0, 1, 1])
    assert "has no class: every sample is 5" in refused(tmp_path, good, [5, 5, 5, 5], unlabelled=5)
    assert "not float64 [4, 2]" in refused(tmp_path, good, np.eye(4)[:, :2] + 0.5)
    assert "not int64 [4, 4]" in refused(tmp_path, good, np.eye(4, dtype=np.int64))
    assert "not float64 [4]" in refused(tmp_path, good, [0.5, 1, 1, 0])
    assert "must contain numbers" in refused(tmp_path, good.astype(str))
    assert "must contain numbers" in refused(tmp_path, np.empty((0, 2)), [])
    assert "2 classes (0, 1)" in refused(tmp_path, good, class_names=("a", "b", "c"))
    assert "a unique name" in refused(tmp_path, good, class_names=("a", "a"))
    assert "1 to 3 axes" in refused(tmp_path, RANDOM.normal(size=(4, 2, 2, 2, 2)))
    assert "not images, whose samples have 2 or 3 axes" in refused(tmp_path, good, modality="image")
    assert "`levels` is for images" in refused(tmp_path, good, levels=(0, 1))
    assert "set `layout`" in refused(tmp_path, np.zeros((4, 3, 8, 3), dtype=np.uint8))
    assert "set `layout`" in refused(tmp_path, np.zeros((4, 8, 8, 8), dtype=np.uint8))
    assert "reaches from 0 to 300, outside the levels 0 to 255" in refused(
        tmp_path, np.array([0, 300, 0, 0]).reshape(4, 1, 1, 1) + np.zeros((4, 8, 8, 1), dtype=np.int64)
    )


def test_what_is_no_npz_with_these_arrays_is_explained(tmp_path: Path) -> None:
    def message(path: Path) -> str:
        with pytest.raises(DataError) as caught:
            ArraysSource(path=path).load()
        return str(caught.value)

    assert "there is no file" in message(tmp_path / "none.npz")
    assert "it has 'x', 'y'" in message(saved(tmp_path, x=[1], y=[2]))
    np.save(tmp_path / "one.npy", np.zeros(3))
    assert "is not an .npz file" in message(tmp_path / "one.npy")
    objects = saved(tmp_path, values=np.array([{}, {}], dtype=object), labels=[0, 1])
    assert "Arrays of Python objects are not read" in message(objects)
    whole = saved(tmp_path, values=RANDOM.normal(size=(64, 64)), labels=np.arange(64))
    data = bytearray(whole.read_bytes())
    data[2000] ^= 0xFF
    whole.write_bytes(bytes(data))
    assert "cannot be read: Bad CRC-32" in message(whole)


def test_the_state_follows_the_file(tmp_path: Path) -> None:
    before = ArraysSource(path=saved(tmp_path, values=[1, 2], labels=[0, 1])).state()
    assert ArraysSource(path=saved(tmp_path, values=[1, 2], labels=[0, 1])).state() == before
    assert ArraysSource(path=saved(tmp_path, values=[1, 3], labels=[0, 1])).state() != before


def test_one_class_and_unlabelled_samples_and_targets_are_read(tmp_path: Path) -> None:
    values = RANDOM.normal(size=(4, 2))
    path = saved(tmp_path, values=values, labels=["a", "?", "a", "?"], weight=[1, 2, 3, 4.5])
    dataset = ArraysSource(path=path, unlabelled="?", targets="weight").load()
    assert dataset.spec.class_names == ("a",)
    assert dataset.samples.labels.tolist() == [0, -1, 0, -1]
    assert dataset.samples.targets is not None
    assert dataset.samples.targets.tolist() == [1, 2, 3, 4.5]


def test_targets_of_another_length_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, values=RANDOM.normal(size=(4, 2)), labels=[0, 1, 0, 1], weight=[1, 2, 3])
    with pytest.raises(DataError, match=r"'weight'.*must have 4 rows of numbers, not int64 \[3\]"):
        ArraysSource(path=path, targets="weight").load()


def test_images_in_bytes_stay_in_bytes(tmp_path: Path) -> None:
    pixels = RANDOM.integers(0, 256, (4, 6, 6, 3)).astype(np.uint8)
    samples = ArraysSource(path=saved(tmp_path, values=pixels, labels=[0, 1, 0, 1])).load().samples
    assert "values" not in vars(samples)
    assert np.array_equal(to_uint8(samples.values), np.moveaxis(pixels, -1, 1))


def test_a_cast_that_merges_values_is_refused_and_named(tmp_path: Path) -> None:
    stamps = 1.7e9 + np.arange(60) * 1.0
    values = np.stack([stamps, np.random.default_rng(0).normal(size=60)], axis=1)
    np.savez(tmp_path / "a.npz", values=values, labels=np.arange(60) % 2)
    with pytest.raises(DataError, match="60 different values of column 0 become 1 in float32"):
        ArraysSource(path=tmp_path / "a.npz").load()
    signals = 1e9 + np.random.default_rng(0).normal(size=(10, 2, 30))
    np.savez(tmp_path / "b.npz", values=signals, labels=np.arange(10) % 2)
    with pytest.raises(DataError, match="of channel 0 become"):
        ArraysSource(path=tmp_path / "b.npz").load()


def test_a_cast_that_merges_few_samples_is_said(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(60, 2))
    values[1] = values[0] + 1e-12
    np.savez(tmp_path / "a.npz", values=values, labels=np.arange(60) % 2)
    (problem,) = ArraysSource(path=tmp_path / "a.npz").load().problems
    assert problem.startswith("1 sample of the array 'values'")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([0, 1, np.inf, 1]), "infinite labels in 1 of 4"),
        (np.array([b"a", "gr\xfcn".encode("latin-1"), b"a", b"b"]), "not UTF-8"),
        (np.array(["", "", "", ""]), "no class: every sample is empty"),
    ],
)
def test_labels_are_checked_before_they_are_cast(tmp_path: Path, labels: np.ndarray, message: str) -> None:
    np.savez(tmp_path / "a.npz", values=np.zeros((4, 3)) + np.arange(4)[:, None], labels=labels)
    with pytest.raises(DataError, match=message):
        ArraysSource(path=tmp_path / "a.npz").load()


@pytest.mark.parametrize(
    ("top", "dtype", "white"),
    [(1, np.bool_, 1), (1, np.uint8, 1), (15, np.uint8, 15), (4032, np.uint16, 4095), (15, np.int64, 15)],
)
def test_fewer_bits_than_those_of_the_type_are_not_read_as_near_black(
    tmp_path: Path, top: int, dtype: type, white: int
) -> None:
    values = np.tile(np.linspace(0, top, 64).round().reshape(1, 8, 8), (4, 1, 1)).astype(dtype)
    path = tmp_path / "images.npz"
    np.savez(path, values=values, labels=np.array([0, 0, 1, 1]))
    data = ArraysSource(path=path, modality="image").load()
    assert np.allclose(data.samples.values[0, 0], values[0].astype(float) / white * 2 - 1, atol=1e-6)
    assert f"so white is taken as {white}" in data.problems[-1]
