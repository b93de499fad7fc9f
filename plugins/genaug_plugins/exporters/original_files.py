"""Original image files, linked or copied into an export."""

import os
import shutil
from pathlib import Path
from typing import Literal

READ_BY_TORCHVISION = {".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"}
"""Suffixes of the files that torchvision's ImageFolder reads; it passes over all others."""


def original_name(path: str, identity: str) -> str:
    """Return the name of an original file; one made of the content id where it cannot be written as UTF-8."""
    name = Path(path).name
    try:
        name.encode()
    except UnicodeEncodeError:
        return f"{identity}{Path(path).suffix.encode('ascii', 'ignore').decode()}"
    return name if name.isprintable() else f"{identity}{Path(path).suffix}"


def place(source: str | Path, target: Path, how: Literal["link", "copy"]) -> None:
    """Link a file to the target, or copy its bytes where linking is not possible or not wanted."""
    if how == "link":
        try:
            os.link(os.path.realpath(source), target)
            return
        except OSError:  # another file system, or one without links
            pass
    shutil.copyfile(source, target)


def write_png(source: str, target: Path) -> bool:
    """Write an image file as PNG of the same size; return whether Pillow could read it."""
    from PIL import Image, ImageOps

    try:
        with Image.open(source) as image:
            upright = ImageOps.exif_transpose(image)
            if upright.mode not in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
                upright = upright.convert("RGB")
            upright.save(target, format="PNG")
    except (OSError, ValueError):
        return False
    return True
