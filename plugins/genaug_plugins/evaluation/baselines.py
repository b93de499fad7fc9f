"""Baselines of the same size as the augmented set: repeats, and classical augmentation."""

from collections.abc import Callable

import numpy as np
import torch
from imblearn.over_sampling import SMOTE
from numpy.typing import NDArray
from torchvision.transforms.v2 import functional as image

from genaug.data import Samples, SampleSpec
from genaug.data.encoding import object_array
from genaug.data.samples import FloatArray, IntArray
from genaug.data.spread import ROUNDING_32, mean_and_spread
from genaug_plugins.evaluation.neighbour_interpolation import mixed_smote
from genaug_plugins.evaluation.text_edits import edited

ANGLE, SHIFT, SCALE, CONTRAST = 10.0, 0.1, 0.1, 0.1
"""Images: maximum rotation in degrees, and maximum shift (share of the side), scaling and change of
contrast."""
JITTER, STRETCH, WARP, KNOTS = 0.03, 0.1, 0.05, 4
"""Signals: noise in standard deviations of a sample, standard deviation of the scale factor, maximum time
shift at each knot as a share of the length, number of knots."""
NEIGHBOURS = 5
"""Vectors and rows: number of neighbours of SMOTE."""


def repeats(real: Samples, wanted: IntArray, rng: np.random.Generator) -> Samples:
    """Repeat real samples up to `wanted` for each class, ``[classes]``; repetitions differ by at most one.

    A class without a real sample stays empty.
    """
    return real.take(np.concatenate([_rows(real, label, count, rng) for label, count in enumerate(wanted)]))


def classical(real: Samples, wanted: IntArray, spec: SampleSpec, rng: np.random.Generator) -> Samples:
    """Return classically augmented samples, the given number for each class that has real ones.

    Images are rotated, shifted, scaled and changed in contrast (torchvision), never mirrored: a mirrored
    digit is not a digit. Signals are jittered, scaled and warped in time (Um et al. 2017, arXiv 1706.00527).
    Vectors are interpolated between neighbours of a class by SMOTE (Chawla et al. 2002), rows of tables by
    SMOTE-NC; a class with one sample is repeated. In texts, words are deleted and swapped (Wei & Zou 2019).
    """
    if spec.modality == "vector":
        return _smote(real, wanted, rng)
    if spec.modality == "table":
        return _table(real, wanted, spec, rng)
    if spec.modality == "text":
        drawn = repeats(real, wanted, rng)
        return Samples(object_array([edited(text, rng) for text in drawn.values]), drawn.labels)
    drawn = repeats(real, wanted, rng)
    change: Callable[[FloatArray, np.random.Generator], NDArray[np.floating]] = (
        _image if spec.modality == "image" else _signal
    )
    values = drawn.values.copy()
    for row, value in enumerate(drawn.values):
        values[row] = change(value, rng)
    if spec.value_range is not None:
        values.clip(*spec.value_range, out=values)
    return Samples(values, drawn.labels)


def _rows(real: Samples, label: int, count: int, rng: np.random.Generator) -> IntArray:
    own = np.flatnonzero(real.labels == label)
    if not len(own):
        return own
    rounds = -(-int(count) // len(own))
    return np.concatenate([rng.permutation(own) for _ in range(rounds)] or [own[:0]])[: int(count)]


def _image(value: FloatArray, rng: np.random.Generator) -> NDArray[np.floating]:
    pixels = torch.from_numpy(value)
    side = max(value.shape[1:])
    margin = [min(side // 4 + 1, value.shape[axis] - 1) for axis in (2, 1)]
    padded = image.pad(pixels, margin, padding_mode="edge")
    moved = image.affine(
        padded,
        angle=float(rng.uniform(-ANGLE, ANGLE)),
        translate=[float(rng.uniform(-SHIFT, SHIFT) * value.shape[axis]) for axis in (2, 1)],
        scale=float(rng.uniform(1 - SCALE, 1 + SCALE)),
        shear=[0.0, 0.0],
        interpolation=image.InterpolationMode.BILINEAR,
    )
    cut = image.center_crop(moved, list(value.shape[1:]))
    mean = cut.mean()
    changed: NDArray[np.floating] = (mean + (cut - mean) * rng.uniform(1 - CONTRAST, 1 + CONTRAST)).numpy()
    return changed


def _signal(value: FloatArray, rng: np.random.Generator) -> NDArray[np.floating]:
    length = value.shape[-1]
    places = np.arange(length, dtype=np.float64)
    knots = np.linspace(0, length - 1, KNOTS + 2)
    moves = np.concatenate([[0.0], rng.normal(0, WARP * length, KNOTS), [0.0]])
    times = np.clip(places + np.interp(places, knots, moves), 0, length - 1)
    channels = value.reshape(-1, length).astype(np.float64)
    warped = np.stack([np.interp(times, places, channel) for channel in channels])
    warped = warped * rng.normal(1, STRETCH) + rng.normal(0, JITTER * float(channels.std()), warped.shape)
    return warped.reshape(value.shape)


def _table(real: Samples, wanted: IntArray, spec: SampleSpec, rng: np.random.Generator) -> Samples:
    parts = [real.take(np.zeros(0, dtype=np.int64))]
    for label, count in enumerate(wanted):
        own = np.flatnonzero(real.labels == label)
        if count and len(own) >= 2:
            rows = real.values[own]
            bases = rows[rng.integers(len(rows), size=int(count))]
            values = mixed_smote(bases, rows, spec, NEIGHBOURS, rng)
            parts.append(Samples(values, np.full(len(values), label, dtype=np.int64)))
        elif count and len(own):
            parts.append(real.take(_rows(real, label, int(count), rng)))
    return Samples.join(parts)


def _smote(real: Samples, wanted: IntArray, rng: np.random.Generator) -> Samples:
    table = real.values.reshape(len(real), -1).astype(np.float64)
    _, spread = mean_and_spread(table, ROUNDING_32)
    scale = np.where(spread > 0, spread, 1.0)  # columns may have different units
    parts = [real.take(np.zeros(0, dtype=np.int64))]
    for label, count in enumerate(wanted):
        own = int((real.labels == label).sum())
        if count and 2 <= own < len(real):
            sampler = SMOTE(
                sampling_strategy={1: own + int(count)},
                k_neighbors=min(NEIGHBOURS, own - 1),
                random_state=int(rng.integers(2**31)),
            )
            made, _ = sampler.fit_resample(table / scale, (real.labels == label).astype(np.int64))
            values = (made[len(real) :] * scale).reshape(-1, *real.values.shape[1:]).astype(np.float32)
            parts.append(Samples(values, np.full(len(values), label, dtype=np.int64)))
        elif count and own:
            parts.append(real.take(_rows(real, label, int(count), rng)))
    return Samples.join(parts)
