"""A folder of images, with one folder for each class."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from genaug import Source
from genaug.data import Dataset
from genaug.errors import DataError
from genaug_plugins.sources.class_folders import ClassFolders, count, readable, some
from genaug_plugins.sources.image_dataset import image_dataset
from genaug_plugins.sources.image_files import (
    Channels,
    Filter,
    Fit,
    Picture,
    Reading,
    UnreadableImage,
    read_picture,
    suffixes,
)

_CHANNELS: dict[str, Channels] = {"auto": "RGB", "gray": "L", "rgb": "RGB", "rgba": "RGBA"}


class ImageFolderSource(Source):
    """Read a folder of images: one folder inside it for each class.

    Any size, mode, format, bit depth and orientation that Pillow reads; folders inside a class
    folder belong to that class; hidden files are left out. Nothing in the folder is changed.
    """

    name: ClassVar[str] = "image-folder"
    renamed_values: ClassVar[Mapping[str, Mapping[str, str]]] = {"on_corrupt": {"refuse": "error"}}

    path: Path
    """Folder with one folder of images for each class."""
    size: int = Field(default=32, ge=2, le=4096)
    """Side of the square that every image becomes, in pixels."""
    mode: Literal["auto", "gray", "rgb", "rgba"] = "auto"
    """Channels: `auto` is gray where every pixel of every image is gray, else rgb."""
    resize: Filter = "lanczos"
    """Filter of the resize; all but `nearest` are antialiased."""
    fit: Fit = "crop"
    """How another shape becomes a square: cut from the centre, pad, or stretch."""
    background: str = "white"
    """Colour laid under transparent pixels (unless the mode is rgba) and around padded images."""
    white: float | None = Field(default=None, gt=0)
    """Level of white in images of more than 8 bits; None: 65535, for floats 1.0."""
    on_corrupt: Literal["error", "skip"] = "error"
    """What to do if a file cannot be read: raise an error, or skip and record it."""

    @field_validator("background")
    @classmethod
    def _is_a_colour(cls, value: str) -> str:
        from PIL import ImageColor

        ImageColor.getrgb(value)  # a ValueError that names the value
        return value

    def load(self) -> Dataset:
        """Read every image, in the order of the sorted relative paths.

        Raises:
            DataError: where the folder is missing or has no class folder, or, with
                ``on_corrupt: error``, naming the files that cannot be read.
        """
        folders = ClassFolders(self.path.expanduser(), suffixes(), "image")
        pictures, unreadable = self._read_pictures(folders)
        classes = sorted({path.split("/")[0] for path in pictures})
        pixels = np.stack([picture.pixels for picture in pictures.values()])  # [N, C, size, size]
        if self.mode == "auto" and (pixels == pixels[:, :1]).all():
            pixels = pixels[:, :1]
        antialiased = "not antialiased" if self.resize == "nearest" else "antialiased"
        labels = np.array([classes.index(path.split("/")[0]) for path in pictures], dtype=np.int64)
        return image_dataset(
            pixels,
            labels,
            tuple(map(readable, classes)),
            np.array([readable(path) for path in pictures]),
            {
                "mode": {1: "gray", 3: "rgb", 4: "rgba"}[pixels.shape[1]],
                "resize": f"{self.resize}, {antialiased} (Pillow)",
                "fit": self.fit,
                "background": self.background,
            },
            problems=(
                *folders.problems,
                *(f"left out, as it cannot be read: {line}" for line in unreadable),
                *self._notes(pictures),
            ),
        )

    def state(self) -> str:
        """Return the SHA-256 of the images' sorted relative paths and bytes.

        Raises:
            DataError: where the folder is missing or has no class folder.
        """
        folders = ClassFolders(self.path.expanduser(), suffixes(), "image")
        digest = hashlib.sha256("\n".join(folders.problems).encode())
        for path in folders.paths:
            file = folders.root / path
            try:
                if not file.is_file():  # a pipe would block
                    raise FileNotFoundError
                with file.open("rb") as opened:
                    content = hashlib.file_digest(opened, "sha256").digest()
            except OSError as error:  # `load` raises it or skips the file
                content = type(error).__name__.encode()
            digest.update(os.fsencode(path) + b"\0" + content)
        return digest.hexdigest()

    def _read_pictures(self, folders: ClassFolders) -> tuple[dict[str, Picture], list[str]]:
        """Return each picture by its path, and a line for each file that cannot be read."""
        reading = Reading(self.size, _CHANNELS[self.mode], self.resize, self.fit, self.background, self.white)
        pictures: dict[str, Picture] = {}
        unreadable: list[str] = []
        for path in folders.paths:
            try:
                pictures[path] = read_picture(folders.root / path, reading)
            except UnreadableImage as error:
                unreadable.append(f"{readable(path)}: {error}")
        if unreadable and self.on_corrupt == "error":
            more = f"\n  and {len(unreadable) - 10:,} more" if len(unreadable) > 10 else ""
            raise DataError(
                f"{count(unreadable, 'file')} in {folders.root} cannot be read:\n  "
                + "\n  ".join(unreadable[:10])
                + f"{more}\nRepair or remove them, or set on_corrupt: skip"
            )
        lost = sorted(folders.classes - {path.split("/")[0] for path in pictures})
        if lost:
            raise DataError(
                f"not one image of {some(lost)} in {folders.root} can be read, so the class would be lost; "
                f"the first: {unreadable[0]}"
            )
        return pictures, unreadable

    def _notes(self, pictures: dict[str, Picture]) -> Iterator[str]:
        transparent: Sequence[str] = [path for path, picture in pictures.items() if picture.transparent]
        if transparent and self.mode != "rgba":
            yield (
                f"transparent pixels of {count(transparent, 'image')} laid over {self.background} "
                f"(mode: rgba keeps them): {some(transparent)}"
            )
        animated = [path for path, picture in pictures.items() if picture.frames]
        if animated:
            yield f"only the first frame was read of {count(animated, 'file')} with several: {some(animated)}"
        for path, picture in pictures.items():
            for warning in picture.warnings:
                yield f"{readable(path)}: {warning}"
