"""The data and the output of a run never mix."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from genaug import Pipeline
from genaug.errors import ConfigError

REST = {"generator": {"use": "gaussian"}, "strategy": {"use": "class-balance", "add": 2}}


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(6):
            pixels = rng.integers(0, 256, (8, 8), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{number}.png")
    return tmp_path / "photos"


def pipeline(path: Path) -> Pipeline:
    return Pipeline(source={"use": "image-folder", "path": path, "size": 8}, **REST)


@pytest.mark.parametrize("out", ["", "runs/photos", "cat", "../photos/runs"])
def test_an_output_inside_the_data_is_refused(photos: Path, out: str) -> None:
    for method in (pipeline(photos).check, pipeline(photos).run):
        with pytest.raises(ConfigError, match=r"is inside the data.*setting 'path'.*photos-run"):
            method(photos / out)
    assert sorted(path.name for path in photos.iterdir()) == ["cat", "dog"]


def test_data_inside_the_output_are_refused(photos: Path) -> None:
    with pytest.raises(ConfigError, match="are inside the output folder"):
        pipeline(photos).run(photos.parent)


def test_a_link_does_not_hide_where_the_output_is(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(photos)
    with pytest.raises(ConfigError, match="is inside the data"):
        pipeline(photos).check(tmp_path / "link" / "runs")


def test_the_data_of_a_source_within_a_source_count(photos: Path) -> None:
    inner = {"use": "image-folder", "path": photos, "size": 8}
    nested = Pipeline(source={"use": "features", "source": inner, "extractor": {"use": "pixels"}}, **REST)
    with pytest.raises(ConfigError, match="is inside the data"):
        nested.check(photos / "runs")


def test_folders_beside_each_other_are_fine(photos: Path, tmp_path: Path) -> None:
    assert pipeline(photos).check(tmp_path / "photos-run").audit["samples"] == 12
