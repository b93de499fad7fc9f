"""Folders that are views, formats without a decoder, and bit depths."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from genaug.data.images import to_uint8
from genaug.errors import DataError
from genaug_plugins.sources.image_folder import ImageFolderSource


def fill(folder: Path, classes: tuple[str, ...] = ("cat", "dog"), each: int = 2) -> Path:
    for number, name in enumerate(classes):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for index in range(each):
            values = np.random.default_rng(number * 10 + index + len(folder.name)).integers(0, 256, (8, 8, 3))
            Image.fromarray(values.astype(np.uint8)).save(folder / name / f"{index}.png")
    return folder


def levels(folder: Path, top: int, dtype: type = np.uint8, names: tuple[str, ...] = ("a", "b")) -> np.ndarray:
    ramp = np.linspace(0, top, 64).round().reshape(8, 8)
    for name in names:
        (folder / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(ramp.astype(dtype)).save(folder / name / "x.png")
    return ramp


def test_folders_train_val_and_test_are_views(tmp_path: Path) -> None:
    for name in ("train", "val", "test"):
        fill(tmp_path / name)
    data = ImageFolderSource(path=tmp_path, size=8).load()
    assert data.spec.class_names == ("cat", "dog")
    assert data.views is not None
    assert data.origins is not None
    assert data.files is not None
    views = dict(zip(data.origins.tolist(), data.views.tolist(), strict=True))
    assert views["val/cat/0.png"] == "validation"
    assert views["train/dog/1.png"] == "train"
    assert views["test/dog/1.png"] == "test"
    assert data.spec.details["views"] == "the folder name (test, train, val)"
    assert Path(data.files[0]).read_bytes() == (tmp_path / data.origins[0]).read_bytes()


def test_view_folders_may_be_classes(tmp_path: Path) -> None:
    for name in ("train", "test"):
        fill(tmp_path / name)
    data = ImageFolderSource(path=tmp_path, size=8, view_folders=False).load()
    assert data.spec.class_names == ("test", "train")
    assert data.views is None


def test_another_folder_is_the_test_view(tmp_path: Path) -> None:
    source = ImageFolderSource(path=fill(tmp_path / "photos"), test=fill(tmp_path / "held"), size=8)
    data = source.load()
    assert data.views is not None
    assert sorted(data.views.tolist()) == [""] * 4 + ["test"] * 4
    before = source.state()
    (tmp_path / "held" / "cat" / "0.png").unlink()
    assert source.state() != before
    fill(tmp_path / "held", ("bird",))
    with pytest.raises(DataError, match="bird: a class of the test images without training images"):
        source.load()


def test_mpo_is_read(tmp_path: Path) -> None:
    image = Image.open(fill(tmp_path) / "cat" / "0.png")
    (tmp_path / "pig").mkdir()
    image.save(tmp_path / "pig" / "stereo.mpo", save_all=True, append_images=[image])
    data = ImageFolderSource(path=tmp_path, size=8).load()
    assert data.spec.class_names == ("cat", "dog", "pig")
    assert data.problems == ()


@pytest.mark.parametrize("name", ["x.HEIC", "x.nef", "x.svg", "x.jxl"])
def test_known_images_without_a_decoder_are_named_with_what_to_do(tmp_path: Path, name: str) -> None:
    fill(tmp_path)
    (tmp_path / "cat" / name).write_bytes(b"...")
    with pytest.raises(DataError, match=rf"cat/{name}: it is .*(pip install|convert)"):
        ImageFolderSource(path=tmp_path).load()
    data = ImageFolderSource(path=tmp_path, on_corrupt="skip").load()
    assert data.problems[0].startswith(f"left out, as it cannot be read: cat/{name}: it is ")
    (tmp_path / "bird").mkdir()
    (tmp_path / "bird" / name).write_bytes(b"...")
    with pytest.raises(DataError, match=r"not one image of bird .* the class would be lost"):
        ImageFolderSource(path=tmp_path, on_corrupt="skip").load()


@pytest.mark.parametrize(
    ("top", "dtype", "white"),
    [(1, np.uint8, 1), (15, np.uint8, 15), (4032, np.uint16, 4095), (200, np.uint16, 255)],
)
def test_white_is_found_from_the_whole_set(tmp_path: Path, top: int, dtype: type, white: int) -> None:
    ramp = levels(tmp_path, top, dtype)
    data = ImageFolderSource(path=tmp_path, size=8).load()
    read = to_uint8(data.samples.values)[0, 0]
    assert np.abs(read - ramp / white * 255).max() <= 0.5
    assert any(f"so white is taken as {white}" in line for line in data.problems)


def test_dark_eight_bit_images_are_said_to_be_dark(tmp_path: Path) -> None:
    ramp = levels(tmp_path, 100)
    data = ImageFolderSource(path=tmp_path, size=8).load()
    assert np.abs(to_uint8(data.samples.values)[0, 0] - ramp).max() == 0
    assert any("set `white: 100`" in line for line in data.problems)
    read = to_uint8(ImageFolderSource(path=tmp_path, size=8, white=100, black=0).load().samples.values)
    assert read.max() == 255


def test_black_and_white_span_the_range(tmp_path: Path) -> None:
    ramp = levels(tmp_path, 4032, np.uint16)
    source = ImageFolderSource(path=tmp_path, size=8, white=4095, black=-65)
    assert np.abs(to_uint8(source.load().samples.values)[0, 0] - (ramp + 65) / 4160 * 255).max() <= 0.5
    with pytest.raises(ValueError, match="must be above black"):
        ImageFolderSource(path=tmp_path, white=1, black=2)


def test_bit_depths_that_differ_are_said_by_class(tmp_path: Path) -> None:
    levels(tmp_path, 255, np.uint8, ("a",))
    levels(tmp_path, 65535, np.uint16, ("b",))
    data = ImageFolderSource(path=tmp_path, size=8).load()
    assert "1 of 'a' with 8 bits, 1 of 'b' with more than 8 bits" in data.problems[-1]


def test_class_folders_are_recognized(tmp_path: Path) -> None:
    found = ImageFolderSource.recognize(fill(tmp_path / "a"))
    assert found is not None
    assert found.found == "4 images in 2 class folders (cat, dog)"
    assert ImageFolderSource.recognize(tmp_path / "a" / "cat" / "0.png") is None
    (tmp_path / "b").mkdir()
    assert ImageFolderSource.recognize(tmp_path / "b") is None
