"""An output folder of genaug inside the data is left out by name, and is no class."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from genaug.data.output_folders import MARKER, data_files, is_output, mark_output, only_outputs
from genaug_plugins.sources.class_folders import ClassFolders, part_folders
from genaug_plugins.sources.image_folder import ImageFolderSource
from genaug_plugins.sources.object_boxes import annotation_files
from genaug_plugins.sources.text_folder import TextFolderSource


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = sum(os.fsencode(str(path)))
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (8, 8), dtype=np.uint8)).save(path)


def text(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"a text in {path.name}")


def marked(folder: Path) -> None:
    folder.mkdir(parents=True)
    mark_output(folder)


def of_an_older_version(folder: Path) -> None:
    (folder / "store").mkdir(parents=True)
    (folder / "run.json").write_text("{}")


def over_folds(folder: Path) -> None:
    (folder / "folds").mkdir(parents=True)
    (folder / "run.json").write_text("{}")


@pytest.fixture(params=[marked, of_an_older_version, over_folds])
def output(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    request.param(tmp_path / "data" / "runs" / "photos")
    return tmp_path / "data" / "runs" / "photos"


@pytest.mark.parametrize(
    ("source", "write", "suffix"), [(ImageFolderSource, picture, ".png"), (TextFolderSource, text, ".txt")]
)
def test_runs_are_no_class(output: Path, source: Any, write: Any, suffix: str) -> None:
    """Before: the folder `runs` became a class of the pictures that genaug had written."""
    data = output.parents[1]
    for name in ("cat", "dog"):
        for number in range(3):
            write(data / name / f"{number}{suffix}")
    before = source(path=data).state()
    write(output / "image-folder" / "synthetic" / f"0{suffix}")
    found = source(path=data).load()
    assert found.spec.class_names == ("cat", "dog")
    assert "left out: 1 output folder of genaug: runs/photos" in found.problems
    recognized = source.recognize(data)
    assert recognized is not None
    assert "2 class folders" in recognized.found
    assert source(path=data).state() == before  # what is written there does not make it other data


def test_an_export_is_data_where_it_is_given_itself(output: Path) -> None:
    for name in ("cat", "dog"):
        picture(output / "image-folder" / "all" / name / "0.png")
    assert ClassFolders(output / "image-folder" / "all", (".png",), "image").classes == {"cat", "dog"}
    marked_export = output.parents[1] / "export"
    picture(marked_export / "cat" / "0.png")
    mark_output(marked_export)
    assert ClassFolders(marked_export, (".png",), "image").classes == {"cat"}


def test_parts_of_a_data_set_beside_an_output_are_parts(output: Path) -> None:
    data = output.parents[1]
    for part in ("train", "test"):
        picture(data / part / "cat" / "0.png")
    picture(output / "image-folder" / "0.png")
    assert part_folders(data) == {"train": "train", "test": "test"}


def test_a_folder_with_nothing_but_output_says_so(output: Path) -> None:
    picture(output / "0.png")
    with pytest.raises(Exception, match="1 output folder of genaug left out: runs/photos"):
        ClassFolders(output.parents[1], (".png",), "image")


def test_annotations_in_an_output_are_no_annotations(output: Path) -> None:
    data = output.parents[1]
    coco = json.dumps({"images": [], "annotations": [], "categories": []})
    (output / "coco.json").write_text(coco)
    assert annotation_files(data) == ("", [])
    (data / "coco.json").write_text(coco)
    assert annotation_files(data) == ("coco", [data / "coco.json"])


def test_what_is_an_output_folder(output: Path, tmp_path: Path) -> None:
    assert is_output(output)
    assert not is_output(output.parent)
    assert only_outputs(output.parent)
    (output.parent / "notes.txt").write_text("mine")
    assert not only_outputs(output.parent)
    assert not only_outputs(tmp_path / "data" / "nothing")
    (output / "a.csv").write_text("a")
    assert list(data_files(tmp_path, "*.csv")) == []
    assert list(data_files(output, "*.csv")) == [output / "a.csv"]
    assert MARKER.startswith(".")  # hidden: readers of the folder pass it over
