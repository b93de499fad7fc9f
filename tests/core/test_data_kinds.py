"""Tables, texts, targets and unlabelled samples: what they hold, and that disks give them back."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genaug.data import Column, InvalidValues, Origin, Pool, Samples, SampleSpec, content_ids
from genaug.data.encoding import object_array
from genaug.data.images import from_uint8
from genaug.data.pool_files import load_pool, save_shard
from genaug.data.sample_files import load_samples, save_samples
from genaug.data.stored import image_samples

TABLE = SampleSpec(
    modality="table",
    shape=(4,),
    class_names=("no", "yes"),
    columns=(
        Column(name="age", type="integer"),
        Column(name="weight", type="numeric", missing=True),
        Column(name="colour", type="categorical", categories=("blue", "red")),
        Column(name="smokes", type="boolean"),
    ),
)
TEXT = SampleSpec(modality="text", shape=(), class_names=("ham", "spam"))
IMAGE = SampleSpec(modality="image", shape=(1, 4, 4), class_names=("a", "b"), value_range=(-1.0, 1.0))
ROWS = np.array([[30, 70.5, 0, 1], [41, np.nan, 1, 0], [9, 31.25, 1, 0]], dtype=np.float64)
TEXTS = object_array(["Grüße 🙂", "", "two\nlines"])


def samples(values: np.ndarray[Any, Any], targets: bool = False) -> Samples:
    labels = np.array([0, 1, -1], dtype=np.int64)
    return Samples(values, labels, np.arange(6, dtype=np.float32).reshape(3, 2) if targets else None)


def pixels() -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).integers(0, 256, (3, 1, 4, 4)).astype(np.uint8)


CASES = [
    (TABLE, ROWS),
    (TEXT, TEXTS),
    (IMAGE, from_uint8(pixels())),
    (IMAGE, np.linspace(-1, 1, 48, dtype=np.float32).reshape(3, 1, 4, 4)),
]
NAMES = ["table", "text", "image of 8 bits", "image of more"]


@pytest.mark.parametrize(("spec", "values"), CASES, ids=NAMES)
@pytest.mark.parametrize("targets", [False, True])
def test_samples_read_back_to_the_bit(
    tmp_path: Path,
    spec: SampleSpec,
    values: np.ndarray[Any, Any],
    targets: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("genaug.data.stored.BLOCK_ROWS", 2)
    written = samples(values, targets)
    save_samples(written, tmp_path / "view", spec)
    read = load_samples(tmp_path / "view", spec)
    assert "values" not in vars(read)
    for found in (read, Samples.join(list(read.batches(2))), read.take(np.array([2, 0, 1])).take([1, 2, 0])):
        assert found.values.dtype == written.values.dtype
        assert np.array_equal(found.values, written.values, equal_nan=spec.modality == "table")
        assert found.labels.tolist() == [0, 1, -1]
        assert found.ids.tolist() == written.ids.tolist()
        assert (found.targets is not None) == targets
        if targets:
            assert np.array_equal(found.targets, written.targets)
    assert content_ids(read.values).tolist() == written.ids.tolist()


def test_images_of_8_bits_take_a_quarter_of_the_disk(tmp_path: Path) -> None:
    values = from_uint8(np.zeros((500, 1, 16, 16), dtype=np.uint8))
    spec = IMAGE.model_copy(update={"shape": (1, 16, 16)})
    save_samples(Samples(values, np.zeros(500, dtype=np.int64)), tmp_path / "view", spec)
    assert (tmp_path / "view" / "values-00000.safetensors").stat().st_size < 1.1 * values.nbytes / 4


def test_images_in_bytes_are_the_same_samples() -> None:
    labels = np.array([0, 1, 0])
    kept, plain = image_samples(pixels(), labels), Samples(from_uint8(pixels()), labels)
    assert kept.ids.tolist() == plain.ids.tolist()
    assert "values" not in vars(kept)
    assert np.array_equal(kept.values, plain.values)


@pytest.mark.parametrize(("spec", "values"), CASES[:3], ids=NAMES[:3])
def test_a_pool_of_each_modality_reads_back(
    tmp_path: Path, spec: SampleSpec, values: np.ndarray[Any, Any]
) -> None:
    made = Samples(values, np.array([0, 1, 1], dtype=np.int64))
    pool = Pool(spec, made, (Origin("0" * 64, 1),), np.zeros(3, np.int64), np.arange(3))
    save_shard(pool, tmp_path / "pool.parquet")
    read = load_pool([tmp_path / "pool.parquet"], spec)
    assert read.ids.tolist() == made.ids.tolist()
    assert np.array_equal(read.samples.values, values, equal_nan=spec.modality == "table")


def test_ids_of_tables_know_one_nan_and_one_zero() -> None:
    odd = np.frombuffer(np.uint64(0x7FF8000000000123).tobytes(), dtype=np.float64)[0]
    values = np.array([[np.nan, 0.0], [odd, -0.0], [np.nan, 1.0]])
    first, second, third = content_ids(values)
    assert first == second != third


def test_ids_of_float32_are_those_of_before() -> None:
    values = np.arange(4, dtype=np.float32).reshape(1, 4)
    assert content_ids(values).tolist() == ["44687508113286f0285910ef7ff04f01"]


@pytest.mark.parametrize(
    ("spec", "values", "message"),
    [
        (TABLE, ROWS.astype(np.float32), "must be float64, not float32"),
        (TABLE, ROWS[:, :3], r"shape \(4,\), not \(3,\)"),
        (
            TABLE,
            np.add(ROWS, [0.5, 0, 0, 0]),
            "'age': 3 of 3 values are not whole numbers, the first is 30.5",
        ),
        (TABLE, np.add(ROWS, [0, 0, 1, 0]), "'colour': 2 of 3 values are not in 0 … 1, one is 2"),
        (TABLE, np.add(ROWS, [0, 0, 0, 1]), "'smokes': 1 of 3 values are not in 0 … 1"),
        (TABLE, np.add(ROWS, [0, np.inf, 0, 0]), "'weight': 2 of 3 values are infinite"),
        (
            TABLE,
            np.add(ROWS, [np.nan, 0, 0, 0]),
            "'age': 3 of 3 values are missing, and the column allows none",
        ),
        (TABLE, np.add(ROWS, [2.0**60, 0, 0, 0]), "'age': 3 of 3 values are not in -9007199254740992"),
        (TEXT, object_array(["a\ud800"]), "text 0 cannot be written as UTF-8"),
        (IMAGE, np.full((2, 1, 4, 4), 255, np.float32), r"in \[-1.0, 1.0\].*100.0% of them are outside"),
        (IMAGE, np.full((2, 1, 4, 4), np.nan, np.float32), "2 of 2 samples contain NaN"),
    ],
)
def test_values_that_disagree_with_their_spec_are_refused(
    spec: SampleSpec, values: np.ndarray[Any, Any], message: str
) -> None:
    with pytest.raises(InvalidValues, match=message):
        spec.check_values(values)


@pytest.mark.parametrize(("spec", "values"), CASES, ids=NAMES)
def test_values_that_agree_pass(spec: SampleSpec, values: np.ndarray[Any, Any]) -> None:
    spec.check_values(values)
    spec.check_values(values[:0])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"modality": "table", "shape": (2,), "columns": TABLE.columns}, "a table of 4 columns"),
        ({"modality": "vector", "shape": (4,), "columns": TABLE.columns}, "only a table has columns"),
        ({"modality": "text", "shape": (3,)}, "0 axes"),
        (
            {"modality": "table", "shape": (2,), "columns": TABLE.columns[:1] * 2},
            "two columns have the same name",
        ),
    ],
)
def test_specs_that_contradict_themselves_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SampleSpec(class_names=("a", "b"), **fields)


def test_a_spec_reads_back_from_json() -> None:
    for spec in (TABLE, TEXT, IMAGE):
        assert SampleSpec.model_validate_json(spec.model_dump_json()) == spec


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((ROWS, np.zeros(3, np.int32)), "labels int64"),
        ((object_array(["a", 1, "b"]), np.zeros(3, np.int64)), "must be texts"),  # type: ignore[list-item]
        ((ROWS, np.zeros(3, np.int64), np.zeros(3)), "targets must be float32"),
        ((ROWS, np.zeros(3, np.int64), np.zeros(2, np.float32)), "targets must be float32"),
    ],
)
def test_samples_of_wrong_arrays_are_refused(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Samples(*arguments)


def test_join_keeps_targets_of_all_or_refuses() -> None:
    with_targets, without = samples(ROWS, targets=True), samples(ROWS)
    joined = Samples.join([with_targets, with_targets])
    assert joined.targets is not None
    assert joined.targets.shape == (6, 2)
    assert joined.per_class(2).tolist() == [2, 2]
    with pytest.raises(ValueError, match="1 of 2 parts have targets"):
        Samples.join([with_targets, without])
    with pytest.raises(ValueError, match="different dtypes"):
        Samples.join([without, samples(TEXTS)])
