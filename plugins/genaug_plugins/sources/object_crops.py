"""Crops of objects, cut out of pictures by the boxes of a detection data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from genaug import Recognition
from genaug.data import Dataset
from genaug.errors import DataError
from genaug_plugins.sources.class_folders import some
from genaug_plugins.sources.image_source import ImageEntry, ImageSource, files_sha256
from genaug_plugins.sources.object_boxes import Box, BoxedObject, annotation_files, read_objects

WHAT = "a COCO .json file, or a folder of COCO, Pascal VOC (.xml) or YOLO (.txt) annotations"


class ObjectCropsSource(ImageSource):
    """Read a crop of each object of a detection data set: COCO, YOLO or Pascal VOC boxes.

    The class of a crop is that of its object; its group is its picture, so that crops of one picture stay in
    one view. The crops of a rare class are augmented; the detector, its pictures and its boxes are not.
    """

    name: ClassVar[str] = "object-crops"

    path: Path
    """A COCO .json file, or a folder with COCO .json, Pascal VOC .xml or YOLO .txt files (`data.yaml`)."""
    images: Path | None = None
    """Folder of the pictures; None: found beside the annotations (`images`, `JPEGImages`)."""
    margin: float = Field(default=0.1, ge=0, le=2)
    """Added on each side of a box, as a share of its longer side."""
    square: bool = True
    """Widen the shorter side of a box to a square, as far as the picture reaches."""
    least_side: int = Field(default=8, ge=1)
    """Shorter side of the smallest box that is read, in pixels of the picture."""
    view_folders: bool = True
    """Take folders and files called `train`, `val` and `test` as views."""

    def load(self) -> Dataset:
        """Read the crop of each object, in the order of the annotations.

        Raises:
            DataError: naming the annotation that cannot be used, or a class that would be lost.
        """
        path = self.path.expanduser()
        objects = self._objects()
        kept, problems = self._usable(objects)
        lost = sorted({one.label for one in objects} - {one.label for one, _ in kept})
        if lost:
            raise DataError(
                f"no object of {some(lost)} can be read from {path}: {'; '.join(problems) or 'none'}. "
                "Lower `least_side`, mend the boxes, or remove the class"
            )
        views = {one.view for one in objects}
        as_views = self.view_folders and "train" in views and len(views - {""}) > 1
        root = path if path.is_dir() else path.parent
        entries = []
        numbers: Counter[Path] = Counter()
        for one, box in kept:
            numbers[one.picture] += 1
            name = (
                one.picture.relative_to(root) if one.picture.is_relative_to(root) else Path(one.picture.name)
            )
            entries.append(
                ImageEntry(
                    one.picture,
                    f"{name.as_posix()}#{numbers[one.picture]}",
                    one.label,
                    one.view if as_views else "",
                    group=str(name.as_posix()),
                    box=box,
                )
            )
        said = (
            f"{len(kept):,} crops of objects in {len(numbers):,} pictures: genaug augments these crops, e.g. "
            "those of a rare class; it makes no new pictures with boxes, and does not augment a detector"
        )
        details = {"views": "the folder name"} if as_views else {}
        return self.read_entries(entries, str(path), (said, *problems), details)

    def state(self) -> str:
        """Return the SHA-256 of the annotations and the pictures.

        Raises:
            DataError: where there are none.
        """
        objects = self._objects()
        _, files = annotation_files(self.path.expanduser())
        pictures = sorted({one.picture for one in objects})
        return files_sha256(
            [(str(file), file) for file in (*files, *pictures)], repr([o.label for o in objects])
        )

    @classmethod
    def recognize(cls, path: Path) -> Recognition | None:
        """Recognize annotations of COCO, Pascal VOC or YOLO with pictures."""
        kind, files = annotation_files(path)
        if not files:
            return None
        names = {"coco": "COCO", "voc": "Pascal VOC", "yolo": "YOLO"}
        return Recognition(
            settings={"path": str(path)},
            confidence=0.92,
            found=f"{len(files):,} {names[kind]} annotation files of a detection data set",
            notes=("the crops of its objects are classified and augmented, not the detector",),
        )

    def _objects(self) -> list[BoxedObject]:
        path = self.path.expanduser()
        kind, files = annotation_files(path)
        if not files:
            wrong = "has no annotations that are known" if path.exists() else "does not exist"
            raise DataError(f"{path} {wrong}; set `path` to {WHAT}")
        objects = list(read_objects(kind, files, path if path.is_dir() else path.parent, self.images))
        if not objects:
            raise DataError(f"the annotations of {path} have no objects")
        return objects

    def _usable(self, objects: Sequence[BoxedObject]) -> tuple[list[tuple[BoxedObject, Box]], list[str]]:
        """Return the objects whose boxes can be cut out, with the part to cut, and what was left out."""
        left_out: dict[str, list[str]] = {}
        kept, seen, sizes = [], set(), dict[Path, tuple[int, int]]()
        cut = 0
        for one in objects:
            if one.picture not in sizes:
                sizes[one.picture] = _size(one)
            width, height = sizes[one.picture]
            scale = (width, height, width, height) if one.relative else (1, 1, 1, 1)
            given = [side * by for side, by in zip(one.box, scale, strict=True)]
            left, top = max(0.0, given[0]), max(0.0, given[1])
            right, bottom = min(float(width), given[2]), min(float(height), given[3])
            reason = None
            if given[2] <= given[0] or given[3] <= given[1]:
                reason = "empty boxes"
            elif right <= left or bottom <= top:
                reason = "boxes outside of the picture"
            elif min(right - left, bottom - top) < self.least_side:
                reason = f"boxes smaller than {self.least_side} pixels (`least_side`), of class {one.label!r}"
            elif (one.picture, one.box, one.label) in seen:
                reason = "boxes that repeat another one"
            if reason is not None:
                left_out.setdefault(reason, []).append(one.where)
                continue
            seen.add((one.picture, one.box, one.label))
            # Rounding of stored boxes reaches over the edge by less than a pixel.
            cut += max(-given[0], -given[1], given[2] - width, given[3] - height) > 1
            kept.append((one, self._part((left, top, right, bottom), width, height)))
        problems = [f"left out: {len(names):,} {reason}: {some(names)}" for reason, names in left_out.items()]
        if cut:
            problems.append(f"{cut:,} boxes reach out of their picture and were cut at its edge")
        return kept, problems

    def _part(self, box: Box, width: int, height: int) -> Box:
        """Return the box with its margin, as a square where asked for, inside of the picture."""
        left, top, right, bottom = box
        margin = self.margin * max(right - left, bottom - top)
        sides = [right - left + 2 * margin, bottom - top + 2 * margin]
        if self.square:
            sides = [max(sides)] * 2
        x, y = (left + right) / 2, (top + bottom) / 2
        return (
            max(0.0, x - sides[0] / 2),
            max(0.0, y - sides[1] / 2),
            min(float(width), x + sides[0] / 2),
            min(float(height), y + sides[1] / 2),
        )


def _size(one: BoxedObject) -> tuple[int, int]:
    """Return width and height of a picture, upright as its EXIF orientation says."""
    from PIL import Image

    try:
        with Image.open(one.picture) as picture:
            turned = picture.getexif().get(0x0112, 1) >= 5
            width, height = picture.size
    except OSError as error:
        raise DataError(f"{one.where}: {one.picture} cannot be read: {error}") from error
    return (height, width) if turned else (width, height)
