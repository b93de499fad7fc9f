"""Tiny labelled samples by formula: three classes of pictures, signals or vectors."""

import numpy as np
from numpy.typing import NDArray

from genaug.data import Samples, SampleSpec
from genaug.data.images import from_uint8, to_uint8
from genaug.data.samples import FloatArray

CLASSES = ("disc", "cross", "frame")
GOLDEN = (5**0.5 - 1) / 2


def spec_of(shape: tuple[int, ...]) -> SampleSpec:
    """Return the spec of samples of a shape: [C, H, W] pictures, [C, T] signals, [D] vectors."""
    modality = {3: "image", 2: "signal", 1: "vector"}[len(shape)]
    low_high = (-1.0, 1.0) if modality == "image" else None
    return SampleSpec(modality=modality, shape=shape, class_names=CLASSES, value_range=low_high)


def drawn(shape: tuple[int, ...], each: range, noise: float) -> Samples:
    """Return the numbers of `each` class, one class after the other in turn.

    Args:
        shape: of one sample.
        each: which numbers; sample i of a class is always the same but for `noise`.
        noise: standard deviation of what is added, seeded by the numbers.
    """
    rng = np.random.default_rng([each.start, each.stop, *shape])
    values, labels = [], []
    for number in each:
        for label in range(len(CLASSES)):
            clean = _FORMULAS[len(shape)](shape, label, (number * GOLDEN) % 1.0)
            values.append(clean + noise * rng.standard_normal(shape))
            labels.append(label)
    stacked = np.stack(values).astype(np.float32)
    if len(shape) == 3:  # pictures have 8 bits
        stacked = from_uint8(to_uint8(stacked))
    return Samples(stacked, np.array(labels, dtype=np.int64))


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


def flat(values: FloatArray) -> FloatArray:
    """Return values ``[N, D]``."""
    return values.reshape(len(values), int(np.prod(values.shape[1:])))
