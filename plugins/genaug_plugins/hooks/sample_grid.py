"""Write images of generated samples during training."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from genaug.data import SampleSpec
from genaug.data.images import MODES, to_uint8
from genaug.data.samples import FloatArray
from genaug.hooks import Hook, hookimpl
from genaug_plugins.hooks.due import Due

if TYPE_CHECKING:
    from PIL import Image

    from genaug.training.snapshot import TrainingSnapshot

DRAWN = ("image", "signal", "vector")
SMALLEST = 48
"""Smaller images are enlarged by an integer factor to at least this many pixels."""
LINES = (112, 64)
"""Width and height in pixels of a signal or vector."""
GAP = 3
NAMES = 96
"""Width in pixels of the column of class names."""
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")


class SampleGridHook(Hook):
    """Write ``samples/step-000500.png``: a row for each class, a column for each of some fixed noise vectors.

    The samples are from the network that would be kept, usually the averaged generator. The noise is the same
    at every step, so each cell shows the development of one sample. The hook works with every training
    that publishes snapshots. Signals and vectors are drawn as lines, all of a grid on one scale. Of images
    with more than 4 channels the mean over channels is drawn. Samples that are not finite are
    crossed out.
    """

    name: ClassVar[str] = "sample-grid"

    every: int = Field(default=500, ge=1)
    """Steps between two grids; the first and the last logged step are included."""
    columns: int = Field(default=8, ge=1, le=64)
    """Samples of each class."""
    classes: int = Field(default=20, ge=1, le=200)
    """Maximum number of classes that are drawn, the first ones."""
    seed: int = Field(default=0, ge=0)
    """Seed of the noise."""

    def subscribe(self) -> object:
        """Return the observer of one run."""
        return _GridWriter(self)


class _GridWriter:
    def __init__(self, settings: SampleGridHook) -> None:
        self._settings = settings
        self._due = Due(settings.every)
        self._folder: Path | None = None

    @hookimpl
    def run_started(self, folder: Path, config: dict[str, Any], stages: list[str]) -> None:
        self._folder = folder / "samples"

    @hookimpl
    def inspected(self, snapshot: TrainingSnapshot) -> None:
        if self._folder is None or not self._due(snapshot.step, snapshot.total):
            return
        if snapshot.spec.modality not in DRAWN:
            warnings.warn(
                f"the hook sample-grid draws {', '.join(DRAWN)} samples, none of modality "
                f"{snapshot.spec.modality!r}: no grids are written",
                stacklevel=2,
            )
            self._folder = None
            return
        self._folder.mkdir(exist_ok=True)
        settings = self._settings
        samples = current_samples(snapshot, settings.columns, settings.classes, settings.seed)
        grid(samples, snapshot.spec).save(self._folder / f"step-{snapshot.step:06d}.png")


def current_samples(snapshot: TrainingSnapshot, columns: int, classes: int, seed: int) -> FloatArray:
    """Return samples of the current generator from fixed noise, ``[classes, columns, *shape]``.

    Args:
        snapshot: the training.
        columns: samples of each class; every class has the same noise.
        classes: maximum number of classes, the first ones.
        seed: of the noise.
    """
    labels = range(min(snapshot.spec.classes, classes))
    return np.stack([snapshot.sample(label, columns, seed) for label in labels])


def grid(values: FloatArray, spec: SampleSpec) -> Image.Image:
    """Return an image of all samples, with the name of the class before each row.

    Args:
        values: ``[classes, columns, *shape]``, images, signals or vectors; the first index is the label.
        spec: of the samples.
    """
    from PIL import Image, ImageDraw, ImageFont

    finite = values[np.isfinite(values)]
    low, high = spec.value_range or (
        (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    )
    cells = [
        [
            _crossed(spec) if not np.isfinite(sample).all()
            else _image(sample) if spec.modality == "image"
            else _lines(np.atleast_2d(sample), low, high)
            for sample in row
        ]
        for row in values
    ]  # fmt: skip
    width, height = cells[0][0].size
    size = (NAMES + len(cells[0]) * (width + GAP) + GAP, len(cells) * (height + GAP) + GAP)
    picture = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(12)
    for label, row in enumerate(cells):
        top = GAP + label * (height + GAP)
        name = spec.class_names[label]
        draw.text((GAP, top + height // 2), name[:14], "black", font, anchor="lm")
        for column, cell in enumerate(row):
            alpha = cell.getchannel("A") if "A" in cell.mode else None
            picture.paste(cell.convert("RGB"), (NAMES + GAP + column * (width + GAP), top), alpha)
    return picture


def _image(sample: FloatArray) -> Image.Image:
    from PIL import Image

    if len(sample) not in MODES:
        sample = sample.mean(axis=0, keepdims=True)
    pixels = to_uint8(sample)  # [C, H, W]
    image = Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0).copy())
    factor = _factor(sample.shape[1:])
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)


def _factor(size: tuple[int, ...]) -> int:
    return -(-SMALLEST // max(size))


def _lines(sample: FloatArray, low: float, high: float) -> Image.Image:
    """Draw each channel of ``[C, T]`` as a line."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", LINES, "#f1efe9")
    draw = ImageDraw.Draw(image)
    x = np.linspace(1, LINES[0] - 2, sample.shape[1])
    y = LINES[1] - 2 - (LINES[1] - 3) * (sample - low) / ((high - low) or 1.0)  # [C, T]
    for channel, line in enumerate(y):
        points = list(zip(x.tolist(), line.tolist(), strict=True))
        draw.line(points, fill=COLOURS[channel % len(COLOURS)], width=1)
    return image


def _crossed(spec: SampleSpec) -> Image.Image:
    from PIL import Image, ImageDraw

    height, width = spec.shape[1:] if spec.modality == "image" else LINES[::-1]
    factor = _factor((height, width)) if spec.modality == "image" else 1
    image = Image.new("RGB", (width * factor, height * factor), "white")
    draw = ImageDraw.Draw(image)
    draw.line((0, 0, *image.size), fill="#ad3b26", width=2)
    draw.line((0, image.height, image.width, 0), fill="#ad3b26", width=2)
    return image
