import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from genaug.data.images import from_uint8
from genaug.errors import DataError
from genaug_plugins.sources.fashion_mnist import FashionMnistSource

PUBLISHED = FashionMnistSource().path


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Thirty images to train on, gzipped, and ten to test on, raw."""
    random = np.random.default_rng(0)
    for prefix, n in (("train", 30), ("t10k", 10)):
        images = idx(random.integers(0, 256, (n, 28, 28), dtype=np.uint8))
        labels = idx((np.arange(n) % 10).astype(np.uint8))
        for name, data in ((f"{prefix}-images-idx3-ubyte", images), (f"{prefix}-labels-idx1-ubyte", labels)):
            if prefix == "train":
                (tmp_path / f"{name}.gz").write_bytes(gzip.compress(data))
            else:
                (tmp_path / name).write_bytes(data)
    return tmp_path


def test_the_parts_are_read_and_padded(folder: Path) -> None:
    dataset = FashionMnistSource(path=folder, part="both").load()
    assert dataset.samples.values.shape == (40, 1, 32, 32)
    assert dataset.spec.class_names[9] == "Ankle boot"
    half = FashionMnistSource(path=folder, size=16).load().samples.values
    means = dataset.samples.values[:30].reshape(30, 1, 16, 2, 16, 2).mean(axis=(3, 5))
    assert half == pytest.approx(means, abs=1.01 / 255)
    raw = FashionMnistSource(path=folder, size=28).load().samples
    images = np.random.default_rng(0).integers(0, 256, (30, 28, 28), dtype=np.uint8)
    assert (raw.values[:, 0] == from_uint8(images)).all()
    assert (dataset.samples.values[:30, :, 2:-2, 2:-2] == raw.values).all()
    assert (dataset.samples.values[:, :, :2] == -1).all()
    assert dataset.origins is not None
    assert dataset.origins[[0, 29, 30]].tolist() == ["train[0]", "train[29]", "t10k[0]"]


def test_the_limit_takes_the_first_of_each_class(folder: Path) -> None:
    dataset = FashionMnistSource(path=folder, limit_per_class=2).load()
    assert dataset.samples.per_class(10).tolist() == [2] * 10
    assert dataset.origins is not None
    assert dataset.origins.tolist() == [f"train[{row}]" for row in range(20)]


def test_the_state_follows_the_files_that_are_read(folder: Path) -> None:
    before = FashionMnistSource(path=folder).state()
    (folder / "t10k-labels-idx1-ubyte").write_bytes(b"")
    assert FashionMnistSource(path=folder).state() == before
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(b"")
    assert FashionMnistSource(path=folder).state() != before


def test_missing_and_broken_files_are_named(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = tmp_path_factory.mktemp("empty")
    with pytest.raises(DataError, match="Debian package dataset-fashion-mnist"):
        FashionMnistSource(path=empty).load()
    with pytest.raises(DataError, match="Debian package dataset-fashion-mnist"):
        FashionMnistSource(path=empty).state()
    images = folder / "train-images-idx3-ubyte.gz"
    whole = images.read_bytes()
    images.write_bytes(whole[:-100])
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz cannot be unpacked"):
        FashionMnistSource(path=folder).load()
    images.write_bytes(gzip.compress(gzip.decompress(whole)[:-1]))
    with pytest.raises(DataError, match="not a complete IDX file"):
        FashionMnistSource(path=folder).load()
    images.write_bytes(gzip.compress(idx(np.zeros((30, 8, 8), dtype=np.uint8))))
    with pytest.raises(DataError, match="are not Fashion-MNIST"):
        FashionMnistSource(path=folder).load()


@pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason="the Debian package dataset-fashion-mnist is not installed"
)
def test_the_published_test_part_is_whole() -> None:
    dataset = FashionMnistSource(part="test").load()
    assert dataset.samples.per_class(10).tolist() == [1000] * 10
