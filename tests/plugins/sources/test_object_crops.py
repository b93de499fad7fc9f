"""Crops of objects from COCO, YOLO and VOC boxes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from genaug.data.images import to_uint8
from genaug.errors import DataError
from genaug_plugins.sources.object_crops import ObjectCropsSource

BOXES = {"0": [("cat", (4, 6, 12, 10)), ("dog", (20, 0, 12, 12))], "1": [("dog", (0, 0, 16, 16))]}
"""Left, top, width, height of the objects of each picture, of 40 × 30 pixels."""


def pictures(folder: Path) -> list[np.ndarray]:
    folder.mkdir(parents=True)
    found = []
    for number, name in enumerate(BOXES):
        found.append(np.random.default_rng(number).integers(0, 256, (30, 40, 3)).astype(np.uint8))
        Image.fromarray(found[-1]).save(folder / f"{name}.png")
    return found


def coco(folder: Path, *more: dict[str, Any]) -> Path:
    pictures(folder / "images")
    boxes = [(name, label, box) for name, objects in BOXES.items() for label, box in objects]
    annotations = [
        {
            "id": row,
            "image_id": int(name),
            "category_id": 1 + (label == "dog"),
            "bbox": list(box),
        }
        for row, (name, label, box) in enumerate(boxes)
    ]
    found = {
        "images": [{"id": int(name), "file_name": f"{name}.png"} for name in BOXES],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "annotations": [*annotations, *({"id": 90 + row, **one} for row, one in enumerate(more))],
    }
    path = folder / "annotations" / "all.json"
    path.parent.mkdir()
    path.write_text(json.dumps(found))
    return path


def yolo(folder: Path) -> Path:
    pictures(folder / "images")
    (folder / "labels").mkdir()
    (folder / "data.yaml").write_text("names: {0: cat, 1: dog}\n")
    for name, objects in BOXES.items():
        lines = [
            f"{int(label == 'dog')} {(x + w / 2) / 40} {(y + h / 2) / 30} {w / 40} {h / 30}"
            for label, (x, y, w, h) in objects
        ]
        (folder / "labels" / f"{name}.txt").write_text("\n".join(lines) + "\n")
    return folder


def voc(folder: Path) -> Path:
    pictures(folder / "JPEGImages")
    (folder / "Annotations").mkdir()
    for name, objects in BOXES.items():
        inside = "".join(
            f"<object><name>{label}</name><bndbox><xmin>{x + 1}</xmin><ymin>{y + 1}</ymin>"
            f"<xmax>{x + w}</xmax><ymax>{y + h}</ymax></bndbox></object>"
            for label, (x, y, w, h) in objects
        )
        text = f"<annotation><filename>{name}.png</filename>{inside}</annotation>"
        (folder / "Annotations" / f"{name}.xml").write_text(text)
    return folder


@pytest.mark.parametrize("write", [coco, yolo, voc])
def test_each_object_becomes_a_crop_with_the_class_and_the_picture_as_group(
    tmp_path: Path, write: Any
) -> None:
    path = write(tmp_path)
    data = ObjectCropsSource(path=path, size=12, margin=0, square=False, fit="stretch").load()
    assert data.spec.class_names == ("cat", "dog")
    assert data.samples.labels.tolist() == [0, 1, 1]
    assert data.groups is not None
    assert data.groups[0] == data.groups[1] != data.groups[2]
    picture = np.asarray(Image.open(next(tmp_path.rglob("0.png"))))
    assert (to_uint8(data.samples.values[1:2])[0] == picture[0:12, 20:32].transpose(2, 0, 1)).all()
    assert "does not augment a detector" in data.problems[0]
    found = ObjectCropsSource.recognize(path)
    assert found is not None
    assert found.settings == {"path": str(path)}


def test_a_margin_and_a_square_widen_the_box_inside_of_the_picture(tmp_path: Path) -> None:
    source = ObjectCropsSource(path=coco(tmp_path), size=8, margin=0.25)
    assert source._part((4.0, 6.0, 16.0, 16.0), 40, 30) == (1.0, 2.0, 19.0, 20.0)
    assert source._part((0.0, 0.0, 16.0, 16.0), 40, 30) == (0.0, 0.0, 20.0, 20.0)


def test_boxes_that_cannot_be_cut_are_left_out_and_said(tmp_path: Path) -> None:
    path = coco(
        tmp_path,
        {"image_id": 0, "category_id": 1, "bbox": [5, 5, 0, 10]},
        {"image_id": 0, "category_id": 1, "bbox": [50, 5, 10, 10]},
        {"image_id": 0, "category_id": 1, "bbox": [5, 5, 3, 10]},
        {"image_id": 1, "category_id": 2, "bbox": [0, 0, 16, 16]},
        {"image_id": 1, "category_id": 2, "bbox": [-5, 3, 20, 20]},
        {"image_id": 1, "category_id": 2, "bbox": [0, 0, 40, 30], "iscrowd": 1},
    )
    data = ObjectCropsSource(path=path).load()
    assert len(data.samples) == 4
    assert data.problems[1:] == (
        "left out: 1 empty boxes: annotation 90 of all.json",
        "left out: 1 boxes outside of the picture: annotation 91 of all.json",
        "left out: 1 boxes smaller than 8 pixels (`least_side`), of class 'cat': annotation 92 of all.json",
        "left out: 1 boxes that repeat another one: annotation 93 of all.json",
        "1 boxes reach out of their picture and were cut at its edge",
    )
    with pytest.raises(DataError, match=r"no object of cat can be read .*least_side"):
        ObjectCropsSource(path=path, least_side=11).load()


def test_bad_annotations_are_named(tmp_path: Path) -> None:
    path = coco(tmp_path / "a", {"image_id": 7, "category_id": 1, "bbox": [5, 5, 10, 10]})
    with pytest.raises(DataError, match=r"annotation 90 of all\.json names a category or an image"):
        ObjectCropsSource(path=path).load()
    folder = yolo(tmp_path / "b")
    (folder / "labels" / "1.txt").write_text("0 .5 .5 .2 .2\n0 .5 .5\n")
    with pytest.raises(DataError, match=r"line 2 of 1\.txt is not a class and four numbers"):
        ObjectCropsSource(path=folder).load()
    folder = voc(tmp_path / "c")
    (folder / "JPEGImages" / "0.png").unlink()
    with pytest.raises(DataError, match=r"object 1 of 0\.xml: there is no picture 0\.png .*set `images`"):
        ObjectCropsSource(path=folder).load()
    with pytest.raises(DataError, match="does not exist; set `path` to a COCO"):
        ObjectCropsSource(path=tmp_path / "d").load()


def test_folders_train_and_valid_are_views(tmp_path: Path) -> None:
    yolo(tmp_path / "train")
    yolo(tmp_path / "valid")
    (tmp_path / "data.yaml").write_text("names: [cat, dog]\n")
    data = ObjectCropsSource(path=tmp_path / "data.yaml").load()
    assert data.views is not None
    assert data.views.tolist() == ["train"] * 3 + ["validation"] * 3
    assert data.groups is not None
    assert len(set(data.groups.tolist())) == 4
