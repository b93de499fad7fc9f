"""Base class of the sources of image files: how files become square pixels of one kind."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, JsonValue, field_validator, model_validator

from genaug import Source
from genaug.data import Dataset
from genaug.data.samples import UNLABELLED
from genaug.errors import DataError
from genaug_plugins.sources.class_folders import count, readable, some
from genaug_plugins.sources.image_dataset import image_dataset
from genaug_plugins.sources.image_files import (
    DEEP,
    WHITE,
    Box,
    Channels,
    Depth,
    Filter,
    Fit,
    Picture,
    Reading,
    UnreadableImage,
    read_picture,
)

_CHANNELS: dict[str, Channels] = {"auto": "RGB", "gray": "L", "rgb": "RGB", "rgba": "RGBA"}


@dataclass(frozen=True)
class ImageEntry:
    """An image to read.

    Attributes:
        content: its file, or its bytes.
        origin: what people call it: a path, a file and a row.
        label: name of its class; None: not known.
        view: it is assigned to; "": none.
        group: never split; None: there are no groups.
        time: None: there are no times.
        box: the part to read, in pixels; None: all.
        known: what lies beside it, as plain JSON; None: nothing.
    """

    content: Path | bytes
    origin: str
    label: str | None
    view: str = ""
    group: str | None = None
    time: float | None = None
    box: Box | None = None
    known: Mapping[str, JsonValue] | None = None


class ImageSource(Source):
    """Base class of sources that read image files as squares of one size."""

    renamed_values: ClassVar[Mapping[str, Mapping[str, str]]] = {"on_corrupt": {"refuse": "error"}}

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
    white: float | None = None
    """Level of white in images of more than 8 bits, or, where there are none, of all; None: found from the
    whole set (65535, 4095, …, for floats 1.0; 255 for 8 bits, unless no level is above 15)."""
    black: float = 0.0
    """Level of black in the images that `white` is for."""
    on_corrupt: Literal["error", "skip"] = "error"
    """What to do if a file cannot be read: raise an error, or skip and record it."""

    @field_validator("background")
    @classmethod
    def _is_a_colour(cls, value: str) -> str:
        from PIL import ImageColor

        ImageColor.getrgb(value)  # a ValueError that names the value
        return value

    @model_validator(mode="after")
    def _white_is_above_black(self) -> Self:
        if self.white is not None and self.white <= self.black:
            raise ValueError(f"white {self.white:g} must be above black {self.black:g}")
        return self

    def read_entries(
        self,
        entries: Sequence[ImageEntry],
        where: str,
        problems: Sequence[str] = (),
        details: Mapping[str, str] | None = None,
    ) -> Dataset:
        """Read all images.

        Args:
            entries: the images, in order.
            where: the folder or file that lists them, for messages.
            problems: found while listing.
            details: of the spec, beside those of reading.

        Raises:
            DataError: naming the files that cannot be read, or a class that would be lost.
        """
        wanted = {entry.label for entry in entries if entry.label is not None}
        read, pictures, unreadable = self._read(entries, self._reading(WHITE, deep=True), where)
        lost = sorted(wanted - {entry.label for entry in read if entry.label is not None})
        if lost or not read:
            raise DataError(
                f"not one image of {some(lost)} in {where} can be read, so the class would be lost; "
                f"the first: {unreadable[0]}"
                if unreadable
                else f"{where} names no image"
            )
        white = self._white(pictures)
        if white != WHITE or self.black:
            read, pictures, unreadable = self._read(
                entries, self._reading(white, any(p.depth in DEEP for p in pictures)), where
            )
        classes = sorted(wanted)
        pixels = np.stack([picture.pixels for picture in pictures])  # [N, C, size, size]
        if self.mode == "auto" and (pixels == pixels[:, :1]).all():
            pixels = pixels[:, :1]
        antialiased = "not antialiased" if self.resize == "nearest" else "antialiased"
        number = {name: index for index, name in enumerate(classes)}
        files = [str(e.content.absolute()) if isinstance(e.content, Path) else "" for e in read]
        return image_dataset(
            pixels,
            np.array([UNLABELLED if e.label is None else number[e.label] for e in read], dtype=np.int64),
            tuple(map(readable, classes)),
            np.array([readable(entry.origin) for entry in read]),
            {
                "mode": {1: "gray", 3: "rgb", 4: "rgba"}[pixels.shape[1]],
                "resize": f"{self.resize}, {antialiased} (Pillow)",
                "fit": self.fit,
                "background": self.background,
                **(details or {}),
            },
            problems=(
                *problems,
                *(f"left out, as it cannot be read: {line}" for line in unreadable),
                *self._notes(read, pictures),
                *self._level_notes(read, pictures, white),
            ),
            views=np.array([e.view for e in read]) if any(e.view for e in read) else None,
            groups=np.array([str(e.group) for e in read]) if any(e.group is not None for e in read) else None,
            times=np.array([e.time for e in read], np.float64)
            if any(e.time is not None for e in read)
            else None,
            files=np.array(files) if any(files) and not any(e.box for e in read) else None,
            metadata=_objects([e.known or {} for e in read]) if any(e.known for e in read) else None,
        )

    def _reading(self, white: Mapping[Depth, float], deep: bool) -> Reading:
        """Return the settings of reading; `white` and `black` are for deep images where there are some."""
        given, black = dict(white), dict.fromkeys(DEEP, self.black)
        if self.white is not None:
            given |= dict.fromkeys(DEEP, self.white)
        if not deep:
            black["8 bits"] = self.black
        return Reading(self.size, _CHANNELS[self.mode], self.resize, self.fit, self.background, black, given)

    def _read(
        self, entries: Sequence[ImageEntry], reading: Reading, where: str
    ) -> tuple[list[ImageEntry], list[Picture], list[str]]:
        """Return the images that can be read, their pictures, and a line for each that cannot."""
        read, pictures, unreadable = [], [], []
        for entry in entries:
            try:
                pictures.append(read_picture(entry.content, reading, entry.box))
                read.append(entry)
            except UnreadableImage as error:
                unreadable.append(f"{readable(entry.origin)}: {error}")
        if unreadable and self.on_corrupt == "error":
            more = f"\n  and {len(unreadable) - 10:,} more" if len(unreadable) > 10 else ""
            raise DataError(
                f"{count(unreadable, 'file')} in {where} cannot be read:\n  "
                + "\n  ".join(unreadable[:10])
                + f"{more}\nRepair or remove them, or set on_corrupt: skip"
            )
        return read, pictures, unreadable

    def _white(self, pictures: Sequence[Picture]) -> dict[Depth, float]:
        """Return the level of white of each depth, from the highest level of the whole set."""
        white = dict(WHITE)
        if self.white is not None:
            if not any(picture.depth in DEEP for picture in pictures):
                white["8 bits"] = self.white
            return white
        least_of: dict[Depth, int] = {"8 bits": 16, "more than 8 bits": 2**15}
        for depth, least in least_of.items():
            top = int(max((picture.top for picture in pictures if picture.depth == depth), default=0))
            if 0 < top < least:
                white[depth] = 2.0 ** top.bit_length() - 1
        return white

    def _level_notes(
        self, read: Sequence[ImageEntry], pictures: Sequence[Picture], white: Mapping[Depth, float]
    ) -> Iterator[str]:
        depths = sorted({picture.depth for picture in pictures})
        for depth in depths:
            top = max(picture.top for picture in pictures if picture.depth == depth)
            if self.white is None and depth in white and white[depth] != WHITE[depth]:
                yield (
                    f"images of {depth}: the highest level of all is {top:g}, so white is taken as "
                    f"{white[depth]:g}, not {WHITE[depth]:g}; set `white` where that is wrong"
                )
            elif self.white is None and depth in white and 0 < top < 0.5 * WHITE[depth]:
                yield (
                    f"images of {depth}: the highest level of all is {top:g} of {WHITE[depth]:g}, so all are "
                    f"dark; set `white: {top:g}` to use the full range"
                )
        if len(depths) > 1:
            each = Counter(
                (str(entry.label), picture.depth) for entry, picture in zip(read, pictures, strict=True)
            )
            shown = ", ".join(
                f"{n} of {readable(name)!r} with {depth}" for (name, depth), n in sorted(each.items())[:8]
            )
            yield (
                f"bit depths differ: {shown}{' …' if len(each) > 8 else ''}. Where the depth follows the "
                "class, it can give the class away: save all images in one depth"
            )

    def _notes(self, read: Sequence[ImageEntry], pictures: Sequence[Picture]) -> Iterator[str]:
        named = list(zip((entry.origin for entry in read), pictures, strict=True))
        transparent = [name for name, picture in named if picture.transparent]
        if transparent and self.mode != "rgba":
            yield (
                f"transparent pixels of {count(transparent, 'image')} laid over {self.background} "
                f"(mode: rgba keeps them): {some(transparent)}"
            )
        animated = [name for name, picture in named if picture.frames]
        if animated:
            yield f"only the first frame was read of {count(animated, 'file')} with several: {some(animated)}"
        for name, picture in named:
            for warning in picture.warnings:
                yield f"{readable(name)}: {warning}"


def _objects(values: Sequence[Mapping[str, JsonValue]]) -> NDArray[np.object_]:
    """Return mappings as an array, ``[N]``."""
    made = np.empty(len(values), dtype=np.object_)
    made[:] = values
    return made


def files_sha256(files: Sequence[tuple[str, Path]], more: str = "") -> str:
    """Return the SHA-256 of names and bytes of files; `more` is hashed first.

    Files that cannot be read are hashed as their error; reading them later reports it.
    """
    digest = hashlib.sha256(more.encode())
    for name, file in files:
        try:
            if not file.is_file():  # a pipe would block
                raise FileNotFoundError
            with file.open("rb") as opened:
                content = hashlib.file_digest(opened, "sha256").digest()
        except OSError as error:
            content = type(error).__name__.encode()
        digest.update(os.fsencode(name) + b"\0" + content)
    return digest.hexdigest()
