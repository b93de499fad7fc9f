"""Image grids: rows of samples."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from genaug.data.images import MODES, to_uint8
from genaug.data.samples import IntArray, Samples
from genaug.data.spec import SampleSpec

SIDE = 32
"""Pixels to which smaller images are enlarged, by whole factors."""
GAP = 2
TEXT = 11
COLOURS = 64
PAPER, INK = (255, 255, 255), (0, 0, 0)


def drawable(spec: SampleSpec) -> bool:
    """Return whether samples are images that can be drawn."""
    return spec.modality == "image" and spec.shape[0] in MODES


def first_of_each_class(labels: IntArray, columns: int) -> IntArray:
    """Return rows in which the classes alternate: the first of every class, then the second, and so on."""
    of = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    picked = [
        int(of[column % len(of)][column // len(of)])
        for column in range(columns if of else 0)
        if column // len(of) < len(of[column % len(of)])
    ]
    return np.array(picked, dtype=np.int64)


def write_sheet(rows: Sequence[tuple[str, Samples]], path: Path) -> None:
    """Draw rows of images, each after its name, as a PNG with few colours.

    Args:
        rows: at least one; drawable samples, all of one shape.
        path: of the PNG.
    """
    columns = max(len(samples) for _, samples in rows)
    height, width = rows[0][1].values.shape[-2:]
    zoom = max(SIDE // max(height, width), 1)
    cell = (width * zoom + GAP, height * zoom + GAP)
    font = ImageFont.load_default(TEXT)
    margin = max(round(font.getlength(name)) for name, _ in rows) + 2 * GAP
    sheet = Image.new("RGB", (margin + columns * cell[0], len(rows) * cell[1]), PAPER)
    draw = ImageDraw.Draw(sheet)
    for row, (name, samples) in enumerate(rows):
        top = row * cell[1]
        draw.text((GAP, top + cell[1] // 2), name, fill=INK, font=font, anchor="lm")
        for column, pixels in enumerate(to_uint8(samples.values)):
            shown = pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)
            image = Image.fromarray(np.ascontiguousarray(shown), MODES[len(pixels)])
            enlarged = image.convert("RGB").resize((width * zoom, height * zoom), Image.Resampling.NEAREST)
            sheet.paste(enlarged, (margin + column * cell[0], top))
    sheet.quantize(COLOURS, dither=Image.Dither.NONE).save(path, format="PNG", optimize=True)
