"""Boxes of objects in pictures, from COCO, YOLO and Pascal VOC files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from genaug.data.output_folders import data_files
from genaug.errors import DataError
from genaug_plugins.sources.class_folders import PARTS
from genaug_plugins.sources.image_formats import suffixes

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class BoxedObject:
    """An object in a picture.

    Attributes:
        picture: file of the picture.
        box: left, top, right, bottom; in pixels, or where `relative` as shares of width and height.
        label: name of its class.
        where: file and line or number of the annotation, for messages.
        view: from the names of folders; "": none.
        relative: unit of the box.
    """

    picture: Path
    box: Box
    label: str
    where: str
    view: str
    relative: bool = False


def annotation_files(path: Path) -> tuple[str, list[Path]]:
    """Return the format, ``coco``, ``voc`` or ``yolo``, and its files; ("", []) where there are none."""
    if path.is_file():
        if path.suffix == ".json":
            return ("coco", [path]) if _is_coco(path) else ("", [])
        return ("yolo", label_files(path.parent)) if path.name in ("data.yaml", "dataset.yaml") else ("", [])
    if not path.is_dir():
        return "", []
    coco = [file for file in sorted(data_files(path, "*.json")) if _is_coco(file)]
    if coco:
        return "coco", coco
    voc = [file for file in sorted(data_files(path, "*.xml")) if b"<annotation" in file.read_bytes()[:500]]
    if voc:
        return "voc", voc
    yolo = label_files(path)
    return ("yolo", yolo) if yolo else ("", [])


def label_files(root: Path) -> list[Path]:
    """Return the label files of YOLO below a folder: lines of a class and four numbers."""
    found = []
    for file in sorted(data_files(root, "*.txt")):
        with file.open(encoding="utf-8", errors="replace") as opened:
            first = opened.readline().split()
        if (len(first) == 5 and all(re.fullmatch(r"-?[\d.eE+-]+", cell) for cell in first)) or (
            not first and "labels" in file.parts
        ):
            found.append(file)
    return found


def read_objects(kind: str, files: Sequence[Path], root: Path, images: Path | None) -> Iterator[BoxedObject]:
    """Yield all objects of annotation files.

    Args:
        kind: ``coco``, ``voc`` or ``yolo``.
        files: of `annotation_files`.
        root: folder of the annotations.
        images: folder of the pictures; None: found beside the annotations.

    Raises:
        DataError: naming the file and place that cannot be used.
    """
    for file in files:
        view = view_of(file.relative_to(root))
        if kind == "coco":
            yield from _coco(file, view, images)
        elif kind == "voc":
            yield from _voc(file, view, images)
        else:
            yield from _yolo(file, view, images, yolo_names(root))


def view_of(path: Path) -> str:
    """Return the view that a part of a path names: ``train/…``, ``instances_val.json``."""
    for part in reversed(path.parts):
        for word in re.split(r"[^a-z]+", part.lower()):
            if word in PARTS:
                return PARTS[word]
    return ""


def _is_coco(file: Path) -> bool:
    with file.open("rb") as opened:
        if not opened.read(2000).lstrip().startswith(b"{"):
            return False
    try:
        keys = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(keys, dict) and {"images", "annotations", "categories"} <= keys.keys()


def _coco(file: Path, view: str, images: Path | None) -> Iterator[BoxedObject]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    names = {one["id"]: str(one["name"]) for one in found["categories"]}
    pictures = {one["id"]: str(one["file_name"]) for one in found["images"]}
    for number, one in enumerate(found["annotations"]):
        where = f"annotation {one.get('id', number)} of {file.name}"
        if one.get("iscrowd"):
            continue
        if one.get("category_id") not in names or one.get("image_id") not in pictures:
            raise DataError(f"{where} names a category or an image that {file.name} does not list")
        box = one.get("bbox")
        if not isinstance(box, list) or len(box) != 4:
            raise DataError(f"{where} has no `bbox` of four numbers")
        left, top, width, height = map(float, box)
        picture = _picture(pictures[one["image_id"]], images, file.parent, where)
        yield BoxedObject(
            picture, (left, top, left + width, top + height), names[one["category_id"]], where, view
        )


def _voc(file: Path, view: str, images: Path | None) -> Iterator[BoxedObject]:
    try:
        tree = ElementTree.parse(file)
    except ElementTree.ParseError as error:
        raise DataError(f"{file} is not XML: {error}") from error
    name = tree.findtext("filename") or f"{file.stem}.jpg"
    for number, one in enumerate(tree.iter("object"), start=1):
        where = f"object {number} of {file.name}"
        try:
            box = [float(one.findtext(f"bndbox/{side}") or "") for side in ("xmin", "ymin", "xmax", "ymax")]
        except ValueError as error:
            raise DataError(f"{where} has no `bndbox` of four numbers") from error
        label = (one.findtext("name") or "").strip()
        if not label:
            raise DataError(f"{where} has no name")
        picture = _picture(name, images, file.parent, where)
        # Pixels of VOC are counted from 1, and the last is inside.
        yield BoxedObject(picture, (box[0] - 1, box[1] - 1, box[2], box[3]), label, where, view)


def _yolo(file: Path, view: str, images: Path | None, names: dict[int, str]) -> Iterator[BoxedObject]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        where = f"line {number} of {file.name}"
        try:
            cells = [float(cell) for cell in line.split()]
        except ValueError as error:
            raise DataError(f"{where} is not a class and four numbers: {line!r}") from error
        if len(cells) != 5 or not cells[0].is_integer():
            raise DataError(f"{where} is not a class and four numbers: {line!r}")
        index, x, y, width, height = cells
        box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        picture = _picture(file.stem, images, file.parent, where)
        yield BoxedObject(
            picture, box, names.get(int(index), f"class {int(index)}"), where, view, relative=True
        )


def yolo_names(root: Path) -> dict[int, str]:
    """Return the class names in `data.yaml`, `classes.txt` or `obj.names`; empty where there are none."""
    for name in ("data.yaml", "dataset.yaml"):
        if (root / name).is_file():
            from ruamel.yaml import YAML

            names = (YAML(typ="safe").load(root / name) or {}).get("names") or {}
            return {
                int(k): str(v) for k, v in (names.items() if isinstance(names, dict) else enumerate(names))
            }
    for name in ("classes.txt", "obj.names", "labels/classes.txt"):
        if (root / name).is_file():
            lines = (root / name).read_text(encoding="utf-8").splitlines()
            return {index: line.strip() for index, line in enumerate(lines) if line.strip()}
    return {}


def _picture(name: str, images: Path | None, folder: Path, where: str) -> Path:
    """Return the file of a picture, looked for in the usual places."""
    as_images = Path(*("images" if part == "labels" else part for part in folder.parts))
    usual = (
        as_images,
        folder,
        folder.parent / "images",
        folder.parent / "JPEGImages",
        folder / "images",
        folder.parent,
    )
    places = usual if images is None else (images,)
    for place in places:
        if (place / name).is_file():
            return place / name
        if Path(name).suffix.lower() not in suffixes():
            found = next(
                (place / (name + suffix) for suffix in _endings() if (place / (name + suffix)).is_file()),
                None,
            )
            if found is not None:
                return found
    raise DataError(
        f"{where}: there is no picture {name} in {places[0]}; set `images` to the folder of the pictures"
    )


def _endings() -> Iterator[str]:
    for suffix in (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"):
        yield suffix
        yield suffix.upper()
