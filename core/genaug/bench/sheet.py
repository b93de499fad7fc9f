"""A contact sheet: samples of each arm, side by side."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from genaug.bench.figures import Finished
from genaug.bench.study import Study
from genaug.data import Samples
from genaug.data.images import MODES, to_uint8

SIDE = 32
"""Smaller images are enlarged to this, by whole factors."""
GAP = 2
TEXT = 11
COLOURS = 64
PAPER, INK = (255, 255, 255), (0, 0, 0)


def contact_sheet(study: Study, finished: Sequence[Finished], path: Path) -> bool:
    """Draw the first candidates of the first seed, an arm a row; tell whether there was anything to draw."""
    columns = study.pictures.columns if study.pictures else 0
    rows: list[tuple[str, Samples]] = []
    for value in study.values():
        of = [one for one in finished if one.run.value == value and one.run.seed == study.seeds[0]]
        of = [one for one in of if _drawable(one)]
        title = f" {value.title}" if value.title else ""
        if of:
            rows.append((f"real{title}", _first(of[0].views.train.samples, columns)))
        by_arm = {one.run.arm: one for one in of}
        rows += [(arm, _first(by_arm[arm].pool.samples, columns)) for arm in study.arms if arm in by_arm]
    if not rows or not columns:
        return False
    _drawn(rows, columns).quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    return True


def _drawable(one: Finished) -> bool:
    spec = one.views.spec
    return spec.modality == "image" and spec.shape[0] in MODES


def _first(samples: Samples, columns: int) -> Samples:
    """Return the first sample of every class in turn, then the second of each, and so on."""
    classes = np.unique(samples.labels)
    of = [np.flatnonzero(samples.labels == label) for label in classes]
    picked = [
        int(of[column % len(of)][column // len(of)])
        for column in range(columns)
        if column // len(of) < len(of[column % len(of)])
    ]
    return samples.take(np.array(picked))


def _drawn(rows: Sequence[tuple[str, Samples]], columns: int) -> Image.Image:
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
    return sheet
