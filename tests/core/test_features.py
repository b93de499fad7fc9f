"""Features are computed once, lie in files, and come back to the bit, however they are asked for."""

import errno
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from genaug.contracts import Embedder, Extractor
from genaug.data import Origin, Pool, Samples, SampleSpec, TrainView
from genaug.data.pool_files import load_pool, save_shard
from genaug.data.samples import FloatArray
from genaug.errors import DataError, PluginFailed, StoreError
from genaug.features import files as feature_files
from genaug.features.cache import FeatureCache
from genaug.features.spaces import Spaces
from genaug.hooks import hookimpl, open_hooks

SPEC = SampleSpec(modality="vector", shape=(3,), class_names=("a", "b"))


class SquareExtractor(Extractor):
    """An extractor that squares values, and counts embedded samples."""

    name: ClassVar[str] = "square"
    modalities: ClassVar[frozenset[str]] = frozenset({"vector"})
    loaded: ClassVar[list[str]] = []
    embedded: ClassVar[list[int]] = []

    def load(self, spec: SampleSpec, device: str) -> Embedder:
        self.loaded.append("load")
        return _Square(self.embedded, 1.0)


class LearnedExtractor(SquareExtractor):
    """An extractor that divides the squares by the largest training value."""

    name: ClassVar[str] = "learned"
    needs_training: ClassVar[bool] = True

    def learn(self, train: TrainView, seed: int, device: str) -> Embedder:
        self.loaded.append("learn")
        return _Square(self.embedded, float(train.samples.values.max()))


class _Square(Embedder):
    batch_size = 4

    def __init__(self, embedded: list[int], scale: float) -> None:
        self.record = {"model": "square", "scale": str(scale)}
        self._embedded = embedded
        self._scale = scale

    def embed(self, values: FloatArray) -> FloatArray:
        self._embedded.append(len(values))
        return (values**2 / self._scale).astype(np.float32)


@pytest.fixture(autouse=True)
def counted() -> None:
    SquareExtractor.loaded.clear()
    SquareExtractor.embedded.clear()


def drawn(n: int, seed: int = 0) -> Samples:
    rng = np.random.default_rng(seed)
    return Samples(rng.normal(size=(n, 3)).astype(np.float32), rng.integers(0, 2, n))


def cache(folder: Path, judges: bool = False, split: str = "s", hooks: Any = None) -> FeatureCache:
    spaces = Spaces(SPEC, "cpu", lambda: TrainView(SPEC, drawn(8, 7)), split, 0)
    folders = [folder / "learning", folder / "judging"]
    return FeatureCache(folders if judges else folders[:1], spaces, hooks or open_hooks(()))


def stored(folder: Path, samples: Samples, shard: int = 10) -> Pool:
    """Return the samples as a pool on disk."""
    n = len(samples)
    pool = Pool(SPEC, samples, (Origin("f", 1),), np.zeros(n, np.int64), np.arange(n))
    paths = []
    for start in range(0, n, shard):
        paths.append(folder / f"{start:05d}.parquet")
        save_shard(pool.take(np.arange(start, min(n, start + shard))), paths[-1])
    return load_pool(paths, SPEC)


def squares(samples: Samples) -> FloatArray:
    return np.asarray(samples.values**2)


def test_what_was_embedded_once_is_never_embedded_again(tmp_path: Path) -> None:
    samples, space = drawn(10), SquareExtractor()
    first = cache(tmp_path)
    np.testing.assert_array_equal(first(space, samples), squares(samples))
    assert SquareExtractor.embedded == [4, 4, 4]
    for again in (first, cache(tmp_path)):  # the second one is that of another run
        np.testing.assert_array_equal(again(space, samples), squares(samples))
    assert SquareExtractor.embedded == [4, 4, 4]
    assert SquareExtractor.loaded == ["load"]


def test_only_what_is_new_is_embedded_and_each_content_once(tmp_path: Path) -> None:
    features, samples = cache(tmp_path), drawn(10)
    features(SquareExtractor(), samples.take(np.arange(3, 7)))
    SquareExtractor.embedded.clear()
    mixed = Samples.join([samples, samples.take(np.array([9, 0, 5]))])
    np.testing.assert_array_equal(features(SquareExtractor(), mixed), squares(mixed))
    assert SquareExtractor.embedded == [4, 4]  # six contents


@pytest.mark.parametrize("in_memory", [True, False])
def test_rows_come_in_the_order_asked_for(
    tmp_path: Path, in_memory: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature_files, "GATHERED", 7)
    if not in_memory:
        monkeypatch.setattr(feature_files, "IN_MEMORY", 0)
    features, samples = cache(tmp_path), drawn(40)
    features(SquareExtractor(), samples.take(np.arange(0, 40, 2)))
    shuffled = samples.take(np.random.default_rng(1).permutation(40))
    np.testing.assert_array_equal(features(SquareExtractor(), shuffled), squares(shuffled))
    run = samples.take(np.arange(2, 30, 2))  # stands in one file, one behind the other
    np.testing.assert_array_equal(features(SquareExtractor(), run), squares(run))
    assert not list(tmp_path.rglob("*.partial"))


def test_the_array_is_the_callers_own(tmp_path: Path) -> None:
    features, samples = cache(tmp_path), drawn(10)
    found = features(SquareExtractor(), samples)
    found[:] = 0
    np.testing.assert_array_equal(features(SquareExtractor(), samples), squares(samples))
    np.testing.assert_array_equal(cache(tmp_path)(SquareExtractor(), samples), squares(samples))


def test_a_pool_on_disk_is_streamed_and_its_values_never_held_at_once(tmp_path: Path) -> None:
    samples = drawn(33)
    pool = stored(tmp_path, samples)
    features = cache(tmp_path / "features")
    np.testing.assert_array_equal(features(SquareExtractor(), pool), squares(samples))
    left = pool.take(np.arange(33) % 3 > 0)
    np.testing.assert_array_equal(features(SquareExtractor(), left), squares(left.samples))
    assert len(SquareExtractor.embedded) == 9
    assert "values" not in vars(pool.samples)


def test_progress_is_told_to_the_last_sample(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []

    class Listener:
        @hookimpl
        def progressed(self, task: str, done: int, total: int) -> None:
            told.append((task, done, total))

    hooks = open_hooks([SimpleNamespace(name="listener", subscribe=Listener)])  # type: ignore[list-item]
    cache(tmp_path, hooks=hooks)(SquareExtractor(), drawn(10))
    assert told == [("features (square)", done, 10) for done in (4, 8, 10)]


def test_what_fails_halfway_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaking(self: Any, values: FloatArray) -> FloatArray:
        self._embedded.append(len(values))
        return np.full((4, 3), np.nan if len(self._embedded) > 1 else 1, dtype=np.float32)

    monkeypatch.setattr(_Square, "embed", breaking)
    with pytest.raises(PluginFailed, match=r"'square' .*must give finite features"):
        cache(tmp_path)(SquareExtractor(), drawn(10))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_learners_do_not_see_what_only_judges_embedded(tmp_path: Path) -> None:
    known, hidden = drawn(5), drawn(6, seed=1)
    learning, judging = cache(tmp_path), cache(tmp_path, judges=True)
    learning(SquareExtractor(), known)
    judging(SquareExtractor(), Samples.join([known, hidden]))
    assert SquareExtractor.embedded == [4, 4, 4, 4]  # five, and six more
    learning(SquareExtractor(), hidden)
    assert SquareExtractor.embedded[4:] == [4, 4]


def test_what_learners_hold_in_many_files_is_brought_together_for_judges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature_files, "IN_MEMORY", 0)
    samples = drawn(20)
    learning = cache(tmp_path)
    for rows in np.split(np.arange(20), 4):
        learning(SquareExtractor(), samples.take(rows))
    np.testing.assert_array_equal(cache(tmp_path, judges=True)(SquareExtractor(), samples), squares(samples))


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match=r"No space left on device\. Free disk space"):
        cache(tmp_path)(SquareExtractor(), drawn(3))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_space_that_needs_training_learns_the_training_view_of_its_split(tmp_path: Path) -> None:
    samples, scale = drawn(6), drawn(8, 7).values.max()
    for split in ("s", "s", "another"):
        found = cache(tmp_path, split=split)(LearnedExtractor(), samples)
        np.testing.assert_allclose(found, squares(samples) / scale, rtol=1e-6)
    assert SquareExtractor.loaded == ["learn", "learn"]  # its features hold for one split


def test_the_record_is_at_hand_without_loading_where_there_are_features(tmp_path: Path) -> None:
    def record(features: FeatureCache) -> Mapping[str, str]:
        return features.record(SquareExtractor())

    features = cache(tmp_path)
    assert record(features) == {"model": "square", "scale": "1.0"}
    features(SquareExtractor(), drawn(3))
    assert SquareExtractor.loaded == ["load"]
    assert record(cache(tmp_path)) == {"model": "square", "scale": "1.0"}
    assert SquareExtractor.loaded == ["load"]


def test_no_samples_have_no_features(tmp_path: Path) -> None:
    features = cache(tmp_path)
    assert features(SquareExtractor(), drawn(0)).shape == (0, 0)
    features(SquareExtractor(), drawn(3))
    assert features(SquareExtractor(), drawn(0)).shape == (0, 3)


def test_a_space_that_does_not_read_the_modality_is_refused(tmp_path: Path) -> None:
    spec = SampleSpec(modality="image", shape=(1, 8, 8), class_names=("a", "b"), value_range=(-1, 1))
    spaces = Spaces(spec, "cpu", lambda: TrainView(spec, drawn(1)), "s", 0)
    with pytest.raises(DataError, match="reads vector samples"):
        FeatureCache([tmp_path], spaces, open_hooks(()))(SquareExtractor(), drawn(1))


def test_a_cached_matrix_is_a_file_in_numpys_format(tmp_path: Path) -> None:
    samples = drawn(5)
    cache(tmp_path)(SquareExtractor(), samples)
    (path,) = tmp_path.rglob("features.npy")
    features = np.load(path, allow_pickle=False)
    assert features.dtype == np.float32
    np.testing.assert_array_equal(features, squares(samples))
    assert [row.decode() for row in np.load(path.with_name("ids.npy"))] == samples.ids.tolist()


def test_what_a_kill_left_half_written_is_not_read(tmp_path: Path) -> None:
    samples, space = drawn(5), SquareExtractor()
    cache(tmp_path)(space, samples)
    (finished,) = (path.parent for path in tmp_path.rglob("features.npy"))
    finished.rename(finished.with_suffix(".partial"))
    np.testing.assert_array_equal(cache(tmp_path)(space, samples), squares(samples))
    assert SquareExtractor.embedded == [4, 4, 4, 4]
    assert [path.parent for path in tmp_path.rglob("features.npy")] == [finished]


def test_an_error_while_embedding_names_the_extractor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Square, "embed", lambda self, values: 1 / 0)
    with pytest.raises(PluginFailed, match=r"extractor 'square' .* failed: ZeroDivisionError"):
        cache(tmp_path)(SquareExtractor(), drawn(5))


def test_batches_are_padded_alike_wherever_samples_are_embedded(tmp_path: Path) -> None:
    samples = drawn(6)
    embedder = SquareExtractor().load(SPEC, "cpu")
    np.testing.assert_array_equal(embedder.embed_all(samples.values), squares(samples))
    cache(tmp_path)(SquareExtractor(), samples)
    assert SquareExtractor.embedded == [4, 4, 4, 4]
    np.testing.assert_array_equal(embedder.padded(samples.values[:2]), samples.values[[0, 1, 1, 1]])
