"""Tiny labelled samples by formula: three classes of pictures, signals, vectors, rows or texts."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.data import Column, Samples, SampleSpec
from genaug.data.encoding import object_array
from genaug.data.images import from_uint8, to_uint8
from genaug.data.samples import FloatArray

CLASSES = ("disc", "cross", "frame")
GOLDEN = (5**0.5 - 1) / 2


COLUMNS = (
    Column(name="size", type="numeric"),
    Column(name="count", type="integer", missing=True),
    Column(name="colour", type="categorical", categories=("blue", "green", "red"), missing=True),
    Column(name="round", type="boolean"),
    Column(name="weight", type="numeric"),
)
WORDS = (
    ("a", "round", "disc", "shines", "in", "the", "sky", "like", "one", "coin"),
    ("two", "lines", "cross", "where", "a", "road", "meets", "the", "other", "road"),
    ("a", "frame", "of", "wood", "holds", "the", "picture", "on", "its", "wall"),
)


def spec_of(shape: tuple[int, ...], modality: str | None = None) -> SampleSpec:
    """Return the spec of samples.

    Args:
        shape: of one: [C, H, W] pictures, [C, T] signals, [D] vectors; tables [5] and texts [] have one.
        modality: of the samples; None: by the shape.
    """
    modality = modality or {3: "image", 2: "signal", 1: "vector"}[len(shape)]
    return SampleSpec(
        modality=modality,
        shape=shape,
        class_names=CLASSES,
        value_range=(-1.0, 1.0) if modality == "image" else None,
        columns=COLUMNS if modality == "table" else (),
    )


def drawn(spec: SampleSpec, each: range, noise: float) -> Samples:
    """Return samples of every class, with the classes alternating.

    Args:
        spec: what a sample is; see `spec_of`.
        each: numbers of the samples of each class; sample i of a class is always the same except for `noise`.
        noise: standard deviation of the noise, whose seed is determined by `each` and the shape.
    """
    made = _drawn(spec.modality, spec.shape, each, noise)
    return Samples(made.values.copy(), made.labels.copy())


@lru_cache(maxsize=64)  # checks draw the same few sets of samples hundreds of times
def _drawn(modality: str, shape: tuple[int, ...], each: range, noise: float) -> Samples:
    rng = np.random.default_rng([each.start, each.stop, *shape])
    pairs = [(number, label) for number in each for label in range(len(CLASSES))]
    labels = np.array([label for _, label in pairs], dtype=np.int64)
    if modality == "text":
        return Samples(object_array([_text(label, number, rng) for number, label in pairs]), labels)
    if modality == "table":
        rows = [_row(label, (number * GOLDEN) % 1.0, noise, rng) for number, label in pairs]
        return Samples(np.array(rows, dtype=np.float64), labels)
    values = [
        _FORMULAS[len(shape)](shape, label, (number * GOLDEN) % 1.0) + noise * rng.standard_normal(shape)
        for number, label in pairs
    ]
    stacked = np.stack(values).astype(np.float32)
    if modality == "image":  # pictures have 8 bits
        stacked = from_uint8(to_uint8(stacked))
    return Samples(stacked, labels)


def _row(label: int, phase: float, noise: float, rng: np.random.Generator) -> list[float]:
    size, weight = 2.0 * label + phase + noise * rng.standard_normal(2)
    count = np.nan if phase > 0.9 else float(round(10 * phase) + label)
    colour = np.nan if phase < 0.1 else float((label + (phase > 0.6)) % 3)
    return [size, count, colour, float(label == 0), weight]


def _text(label: int, number: int, rng: np.random.Generator) -> str:
    """Return six consecutive words of the class, by number, and a random one."""
    words = WORDS[label]
    start = number % len(words)
    return " ".join([*(words * 2)[start : start + 6], str(rng.choice(words))])


def _picture(shape: tuple[int, ...], label: int, phase: float) -> NDArray[np.float64]:
    channels, height, width = shape
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    y, x = y - 0.25 * np.cos(2 * np.pi * phase), x - 0.25 * np.sin(2 * np.pi * phase)
    reach = np.maximum(abs(x), abs(y))
    inside = (0.5 - np.hypot(x, y), 0.2 - np.minimum(abs(x), abs(y)), 0.15 - abs(reach - 0.6))[label]
    shades = np.linspace(1.0, 0.6, channels).reshape(-1, 1, 1)
    bright = 0.7 + 0.2 * phase
    return np.asarray(bright * shades * np.tanh(6 * inside))


def _signal(shape: tuple[int, ...], label: int, phase: float) -> NDArray[np.float64]:
    time = np.linspace(0, 2 * np.pi, shape[1], endpoint=False)
    wave = np.sin((label + 1) * time + np.pi * phase)
    return np.linspace(1.0, 0.6, shape[0])[:, None] * (0.7 + 0.2 * phase) * wave


def _vector(shape: tuple[int, ...], label: int, phase: float) -> NDArray[np.float64]:
    axis = np.arange(shape[0])
    return np.asarray(2.0 * np.cos(axis * (label + 1)) + 0.5 * np.sin(axis + 2 * np.pi * phase))


_FORMULAS = {3: _picture, 2: _signal, 1: _vector}


def flat(values: NDArray[Any]) -> FloatArray:
    """Return values as float32 ``[N, D]``: rows have −1 for missing values, texts become letter counts."""
    if values.dtype == np.object_:
        letters = "abcdefghijklmnopqrstuvwxyz"
        counts = [[text.count(letter) for letter in letters] for text in values]
        return np.array(counts, dtype=np.float32).reshape(len(values), len(letters))
    table = values.reshape(len(values), int(np.prod(values.shape[1:])))
    found: FloatArray = np.nan_to_num(table, nan=-1.0).astype(np.float32)
    return found
