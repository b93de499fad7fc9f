"""ELPV, from files like those of its package: the photos themselves may not be passed on."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from genaug.errors import DataError, MissingRequirement
from genaug_plugins.sources.elpv import ElpvSource

PROBABILITIES = (0.0, 0.0, 0.3333333333333333, 0.6666666666666666, 1.0, 0.0, 1.0, 0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write eight cells of 12×12, every other one polycrystalline; a cell's gray is its number times 30."""
    (tmp_path / "images").mkdir()
    lines = []
    for row, probability in enumerate(PROBABILITIES):
        name = f"images/cell{row:04d}.png"
        Image.new("L", (12, 12), 30 * row).save(tmp_path / name)
        lines.append(f"{name}  {probability:<20} {('mono', 'poly')[row % 2]}")
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_cells_are_read_with_their_labels(folder: Path) -> None:
    dataset = ElpvSource(path=folder, size=8).load()
    assert dataset.spec.class_names == ("intact", "defective")
    assert dataset.samples.values.shape == (8, 1, 8, 8)
    assert dataset.samples.labels.tolist() == [0, 0, 0, 1, 1, 0, 1, 0]
    grays = (dataset.samples.values[:, 0, 0, 0] + 1) * 127.5
    assert grays == pytest.approx(30 * np.arange(8), abs=1e-4)
    assert dataset.origins is not None
    assert dataset.origins[3] == "images/cell0003.png"


def test_pixels_are_means_over_the_area_that_they_cover(folder: Path) -> None:
    photo = np.zeros((12, 12), dtype=np.uint8)
    photo[::2] = 200
    Image.fromarray(photo).save(folder / "images" / "cell0000.png")
    first = ElpvSource(path=folder, size=12).load().samples.values[0, 0]
    assert ((first + 1) * 127.5)[:2, 0] == pytest.approx([200, 0], abs=1e-4)
    (folder / "images" / "cell0000.png").unlink()
    Image.fromarray(photo.repeat(2, axis=0).repeat(2, axis=1)).save(folder / "images" / "cell0000.png")
    assert (ElpvSource(path=folder, size=12).load().samples.values[0, 0] == first).all()


def test_settings_choose_the_cells(folder: Path) -> None:
    sure = ElpvSource(path=folder, size=8, uncertain="drop").load()
    assert sure.samples.labels.tolist() == [0, 0, 1, 0, 1, 0]
    suspicious = ElpvSource(path=folder, size=8, defective_from=0.3).load()
    assert suspicious.samples.labels.tolist() == [0, 0, 1, 1, 1, 0, 1, 0]
    poly = ElpvSource(path=folder, size=8, module="poly").load()
    assert poly.samples.labels.tolist() == [0, 1, 0, 0]
    rare = ElpvSource(path=folder, size=8, limit_defective=2, limit_intact=3).load()
    assert rare.samples.per_class(2).tolist() == [3, 2]
    whole = ElpvSource(path=folder, size=8).load()
    assert set(rare.samples.ids) < set(whole.samples.ids)


def test_the_state_follows_what_is_read(folder: Path) -> None:
    source = ElpvSource(path=folder, module="mono")
    before = source.state()
    (folder / "images" / "cell0001.png").write_bytes(b"poly, and not read")
    assert source.state() == before
    (folder / "images" / "cell0000.png").write_bytes(b"another")
    assert source.state() != before


def test_what_is_missing_or_broken_is_named(folder: Path) -> None:
    with pytest.raises(DataError, match="there is no defective cell"):
        ElpvSource(path=folder, defective_from=1.0, module="poly").load()
    (folder / "images" / "cell0002.png").write_bytes(b"torn")
    with pytest.raises(DataError, match=r"cell0002\.png cannot be read"):
        ElpvSource(path=folder).load()
    (folder / "images" / "cell0002.png").unlink()
    with pytest.raises(DataError, match=r"cell0002\.png is missing.*pip install 'genaug\[elpv\]'"):
        ElpvSource(path=folder).load()
    with (folder / "labels.csv").open("a", encoding="utf-8") as file:
        file.write("images/cell0009.png maybe mono\n")
    with pytest.raises(DataError, match=r"labels\.csv:9: expected PHOTO PROBABILITY TYPE"):
        ElpvSource(path=folder).state()
    with pytest.raises(DataError, match=r"there is no labels\.csv"):
        ElpvSource(path=folder / "images").load()


@pytest.mark.skipif(importlib.util.find_spec("elpv_dataset") is not None, reason="elpv-dataset is installed")
def test_without_the_package_the_error_says_what_to_install() -> None:
    with pytest.raises(MissingRequirement, match=r"pip install 'genaug\[elpv\]'"):
        ElpvSource().state()


@pytest.mark.skipif(importlib.util.find_spec("elpv_dataset") is None, reason="needs elpv-dataset")
def test_the_published_cells_are_all_there() -> None:
    dataset = ElpvSource(size=8).load()
    assert dataset.samples.per_class(2).tolist() == [1803, 821]
