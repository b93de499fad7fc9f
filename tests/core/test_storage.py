"""Files are read back as they were written, and open in the `datasets` library."""

import json
from pathlib import Path

import numpy as np
import pytest

from genaug.data import Funnel, Origin, Pool, Samples, SampleSpec, Selection
from genaug.data.encoding import as_stored
from genaug.data.funnel_files import load_funnel, save_funnel
from genaug.data.pool_files import load_pool, save_shard

SPECS = [
    SampleSpec(modality="image", shape=(c, 8, 8), class_names=("a", "b"), value_range=(-1.0, 1.0))
    for c in (1, 2, 3, 4)
] + [
    SampleSpec(modality="vector", shape=(5,), class_names=("a", "b")),
    SampleSpec(modality="signal", shape=(2, 9), class_names=("a", "b")),
]
ids = [f"{spec.modality}{spec.shape}" for spec in SPECS]


def pool(spec: SampleSpec, n: int = 7) -> Pool:
    rng = np.random.default_rng(0)
    values = np.tanh(rng.normal(size=(n, *spec.shape))).astype(np.float32)
    samples = as_stored(Samples(values, rng.integers(0, 2, n)), spec)
    origins = (Origin("f" * 64, 2**62, "a photo", ("one", "two")), Origin("f" * 64, 5))
    return Pool(spec, samples, origins, np.array([0] * 3 + [1] * (n - 3)), np.array([0, 1, 2, *range(n - 3)]))


@pytest.mark.parametrize("spec", SPECS, ids=ids)
def test_a_pool_reads_back_to_the_bit(tmp_path: Path, spec: SampleSpec) -> None:
    written = pool(spec)
    save_shard(written.take(np.arange(4)), tmp_path / "0.parquet")
    save_shard(written.take(np.arange(4, 7)), tmp_path / "1.parquet")
    read = load_pool([tmp_path / "0.parquet", tmp_path / "1.parquet"], spec)
    assert np.array_equal(read.samples.values, written.samples.values)
    assert np.array_equal(read.samples.labels, written.samples.labels)
    assert np.array_equal(read.ids, written.ids)
    assert read.origins == written.origins
    assert np.array_equal(read.origin, written.origin)
    assert np.array_equal(read.position, written.position)


def test_a_shard_has_the_same_bytes_every_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save_shard(pool(SPECS[2]), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("spec", [SPECS[2], SPECS[4]], ids=["image", "vector"])
@pytest.mark.filterwarnings("default")  # other people's libraries
def test_the_datasets_library_opens_a_shard(tmp_path: Path, spec: SampleSpec) -> None:
    datasets = pytest.importorskip("datasets")
    written = pool(spec)
    save_shard(written, tmp_path / "pool-00000.parquet")
    opened = datasets.Dataset.from_parquet(
        str(tmp_path / "pool-00000.parquet"), cache_dir=str(tmp_path / "cache")
    )
    assert opened.features["label"].names == ["a", "b"]
    assert opened[2]["sources"] == ["one", "two"]
    assert opened[0]["id"] == written.ids[0]
    if spec.modality == "image":
        assert opened[0]["image"].size == (8, 8)
    else:
        assert np.allclose(opened[0]["values"], written.samples.values[0])


def test_stored_images_hold_8_bits() -> None:
    stored = pool(SPECS[0]).samples.values
    assert np.allclose((stored + 1) * 127.5, np.round((stored + 1) * 127.5), atol=1e-4)


def test_a_funnel_composes_and_reads_back(tmp_path: Path) -> None:
    first = Selection(
        np.array([True, False, True, True]),
        np.array(["", "ranked 3rd", "", ""]),
        {"p": np.array([0.9, 0.1, 0.8, 0.7])},
    )
    second = Selection(
        np.array([False, True, True]), np.array(["too far from every real sample", "", ""]),
        {"realism": np.array([0.5, 1.5, np.nan])}, ("class 'b' is empty",), remarks=("2 copies",),
    )  # fmt: skip
    funnel = Funnel.of(4).then("top-k", first).then("realism", second)
    assert funnel.kept.tolist() == [False, False, True, True]
    assert funnel.dropped_by.tolist() == ["realism", "top-k", "", ""]
    assert funnel.reasons[0] == "too far from every real sample"
    assert funnel.selectors == (("top-k", 3), ("realism", 2))
    assert funnel.warnings == ("realism: class 'b' is empty",)
    save_funnel(funnel, tmp_path)
    read = load_funnel(tmp_path)
    assert read.selectors == funnel.selectors
    assert read.warnings == funnel.warnings
    assert read.remarks == funnel.remarks == ("realism: 2 copies",)
    assert np.array_equal(read.kept, funnel.kept)
    assert read.dropped_by.tolist() == funnel.dropped_by.tolist()
    assert read.reasons.tolist() == funnel.reasons.tolist()
    np.testing.assert_array_equal(read.scores["realism.realism"], [0.5, np.nan, 1.5, np.nan])
    np.testing.assert_array_equal(read.scores["top-k.p"], [0.9, 0.1, 0.8, 0.7])


@pytest.mark.parametrize(
    ("kept", "reasons", "scores", "message"),
    [
        ([True, False], ["", ""], {}, "every dropped candidate needs a reason"),
        ([True, False], ["why", "why"], {}, "no kept one has any"),
        ([True, False], [""], {}, "reasons has 1 entries for 2"),
        ([True, False], ["", "x"], {"s": np.zeros(3)}, "s has 3 entries for 2"),
        ([1, 0], ["", "x"], {}, "must be bool"),
    ],
)
def test_a_selection_that_breaks_its_contract_is_refused(
    kept: list[bool], reasons: list[str], scores: dict[str, np.ndarray], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Selection(np.array(kept), np.array(reasons), scores)


@pytest.mark.parametrize("spec", [SPECS[2], SPECS[4]], ids=["image", "vector"])
def test_a_pool_read_back_leaves_its_values_on_disk(
    tmp_path: Path, spec: SampleSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genaug.data.pool_files.BLOCK", 4)  # shards of several blocks
    written = pool(spec, 23)
    save_shard(written.take(np.arange(13)), tmp_path / "0.parquet")
    save_shard(written.take(np.arange(13, 23)), tmp_path / "1.parquet")
    read = load_pool([tmp_path / "0.parquet", tmp_path / "1.parquet"], spec)
    rows = np.random.default_rng(1).permutation(23)[:17]
    for part, whole in [(read, written), (read.take(rows), written.take(rows)), (read.take([]), None)]:
        assert np.array_equal(part.ids, whole.ids if whole else [])
        batches = list(part.batches(5))
        assert [len(batch) for batch in batches] == [5] * (len(part) // 5) + [len(part) % 5] * (len(part) > 0)
        if whole is not None:
            joined = Samples.join(batches)
            assert np.array_equal(joined.values, whole.samples.values)
            assert np.array_equal(joined.labels, whole.labels)
            assert np.array_equal(np.concatenate([batch.ids for batch in batches]), whole.ids)
        assert "values" not in vars(part.samples)
    assert np.array_equal(read.take(rows).samples.values, written.samples.values[rows])
    assert read.samples.values is read.samples.values  # read once


def test_the_scores_of_a_sampler_stay_with_its_candidates(tmp_path: Path) -> None:
    scored = pool(SPECS[4])
    scored = Pool(
        scored.spec, scored.samples, scored.origins, scored.origin, scored.position, {"p": np.arange(7.0)}
    )
    save_shard(scored.take(np.arange(4)), tmp_path / "0")
    save_shard(scored.take(np.arange(4, 7)), tmp_path / "1")
    read = load_pool([tmp_path / "0", tmp_path / "1"], scored.spec)
    assert list(read.scores) == ["p"]
    assert read.scores["p"].tolist() == list(range(7))
    assert read.take(np.array([5, 2])).scores["p"].tolist() == [5, 2]


def test_a_pool_of_no_files_is_refused() -> None:
    with pytest.raises(ValueError, match="no files"):
        load_pool([], SPECS[0])


@pytest.mark.parametrize("kind", [np.object_, np.str_])
def test_texts_that_candidates_share_are_held_once(tmp_path: Path, kind: type) -> None:
    kept = np.arange(100) % 2 == 0
    reasons = np.where(kept, "", "too far from every real sample").astype(kind)
    if kind is np.object_:
        reasons = np.array(["", "too far from every real sample"], dtype=object)[(~kept).astype(int)]
    funnel = Funnel.of(100).then("far", Selection(kept, reasons))
    save_funnel(funnel, tmp_path)
    for held in (funnel, load_funnel(tmp_path)):
        for column in (held.reasons, held.dropped_by):
            assert column.dtype == np.object_
            assert len({id(text) for text in column}) == 2


def test_a_funnel_of_the_previous_release_is_read(tmp_path: Path) -> None:
    kept = np.array([True, False])
    save_funnel(Funnel.of(2).then("top-k", Selection(kept, np.array(["", "why"]))), tmp_path)
    chain = json.loads((tmp_path / "chain.json").read_text())
    old = {"steps": chain["selectors"], "notes": ["top-k: few"]}
    (tmp_path / "chain.json").write_text(json.dumps(old))
    read = load_funnel(tmp_path)
    assert read.selectors == (("top-k", 1),)
    assert (read.warnings, read.remarks) == (("top-k: few",), ())


def test_a_funnel_of_no_candidates_reads_back(tmp_path: Path) -> None:
    save_funnel(Funnel.of(0), tmp_path)
    read = load_funnel(tmp_path)
    assert read.reasons.tolist() == read.dropped_by.tolist() == read.kept.tolist() == []
