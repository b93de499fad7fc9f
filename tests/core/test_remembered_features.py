"""Features for models: each sample is embedded once in a process."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from genaug.adapters import remembered_features
from genaug.adapters.remembered_features import RememberedFeatures, features_in
from genaug.contracts import Embedder, Extractor
from genaug.data import Samples, SampleSpec
from genaug.data.samples import FloatArray
from genaug_plugins import LogisticRegressionModel

SPEC = SampleSpec(modality="vector", shape=(3,), class_names=("a", "b"))


class Counting(Embedder):
    record: ClassVar[dict[str, str]] = {}
    batch_size = 4

    def __init__(self) -> None:
        self.seen: list[float] = []

    def embed(self, values: NDArray[Any]) -> FloatArray:
        self.seen += values[:, 0].tolist()
        return (values * 2).astype(np.float32)


LOADED: list[Counting] = []


class CountingExtractor(Extractor):
    name: ClassVar[str] = "counting"
    modalities: ClassVar[frozenset[str]] = frozenset({"vector"})
    file: Path | None = None

    def load(self, spec: SampleSpec, device: str) -> Embedder:
        LOADED.append(Counting())
        return LOADED[-1]

    def reads(self) -> tuple[Path, ...]:
        return () if self.file is None else (self.file,)


def samples(*numbers: float) -> Samples:
    values = np.array(numbers, dtype=np.float32)[:, None] + np.zeros(3, dtype=np.float32)
    return Samples(values, np.arange(len(numbers), dtype=np.int64) % 2)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    LOADED.clear()
    remembered_features._space.cache_clear()


def test_a_sample_is_embedded_once() -> None:
    features = features_in(CountingExtractor(), SPEC, "cpu")
    assert features(samples(1, 2, 1)).tolist() == [[2] * 3, [4] * 3, [2] * 3]
    assert features_in(CountingExtractor(), SPEC, "cpu")(samples(2, 3)).tolist() == [[4] * 3, [6] * 3]
    assert sorted(set(LOADED[0].seen)) == [1, 2, 3]
    assert len(LOADED) == 1
    assert LOADED[0].seen.count(1) == 1  # the others are padding of a batch


def test_no_samples_have_no_features_of_the_right_length() -> None:
    assert features_in(CountingExtractor(), SPEC, "cpu")(samples()).shape == (0, 3)


def test_changed_weights_are_another_space(tmp_path: Path) -> None:
    import os

    file = tmp_path / "weights"
    file.write_text("one")
    first = features_in(CountingExtractor(file=file), SPEC, "cpu")
    os.utime(file, ns=(1, 1))
    assert features_in(CountingExtractor(file=file), SPEC, "cpu") is not first


def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered_features, "MOST_BYTES", 2 * 3 * 4)
    embedder = Counting()
    features = RememberedFeatures(embedder)
    features(samples(1, 2, 3))
    assert features(samples(3, 1)).tolist() == [[6] * 3, [2] * 3]
    assert embedder.seen.count(3) == 2  # once, and once as padding
    assert embedder.seen.count(1) > 1


def test_fits_of_a_model_share_features() -> None:
    model = LogisticRegressionModel(extractor=CountingExtractor())
    for seed in range(3):
        model.fit(SPEC, samples(1, 2, 3, 4), seed, "cpu").predict(samples(1, 4, 5, 6))
    assert len(LOADED) == 1
    assert LOADED[0].seen == [1, 2, 3, 4, 5, 6, 6, 6]
