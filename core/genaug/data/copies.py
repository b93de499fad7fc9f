"""Near copies: samples that are almost equal."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import BoolArray, FloatArray, Samples
from genaug.data.spec import SampleSpec
from genaug.data.spread import ROUNDING_32, mean_and_spread, scales
from genaug.data.stored import rows_per_block
from genaug.data.table_encoder import TableEncoder

Prepare = Callable[[NDArray[Any]], NDArray[Any]]

SIDE = 16
"""Images are compared as thumbnails of at most SIDE × SIDE."""
CLOSE = 1 / 64
"""Largest root-mean-square difference of two near copies, as a share of the value range."""
CHANCE = 0.01
"""Expected chance neighbours of a sample within the largest distance of near copies."""
MOST = 50_000
"""Most samples that are searched, because the cost grows with N²; the audit reports a skipped search."""


def near_copies(samples: Samples, spec: SampleSpec) -> BoolArray:
    """Return which samples have a near copy among the others, bool ``[N]``; exact copies do not count.

    Texts have no near copies: only equal texts are found, by their content ids. Without a value range the
    unit is the standard deviation: of each column in tables and vectors, of all values in signals; so
    rescaled samples have the same near copies. In few columns, independent samples are near each other by
    chance: there the largest distance is the one at which one in a hundred samples has a chance neighbour.
    """
    _, first = np.unique(samples.ids, return_index=True)
    marked = np.zeros(len(samples), dtype=np.bool_)
    if len(first) > 1 and spec.modality != "text":
        signatures = _signatures(samples.take(first), spec, _preparation(samples, spec))
        distance = _distances(signatures, signatures, neighbours=2)[:, 1]
        marked[first] = distance <= _reach(spec, signatures)
    return marked


def near_copies_across(held_out: Samples, train: Samples, spec: SampleSpec) -> BoolArray:
    """Return which held-out samples have an exact or near copy in the training view, bool ``[N]``."""
    if not len(held_out) or not len(train):
        return np.zeros(len(held_out), dtype=np.bool_)
    if spec.modality == "text":
        return np.isin(held_out.ids, train.ids)
    prepare = _preparation(train, spec)
    known, asked = _signatures(train, spec, prepare), _signatures(held_out, spec, prepare)
    return np.asarray(_distances(asked, known, neighbours=1)[:, 0] <= _reach(spec, known))


def _preparation(samples: Samples, spec: SampleSpec) -> Prepare:
    """Return the map of values to numbers near 1, in which near copies are searched."""
    if spec.modality == "table":
        return TableEncoder(spec.columns, samples.values)
    if spec.value_range is not None:
        return lambda values: values
    flat = samples.values.reshape(len(samples), -1).astype(np.float64)
    if spec.modality != "vector":  # values of a signal share a unit
        centre, spread = mean_and_spread(flat.reshape(-1, 1), ROUNDING_32)
    else:
        centre, spread = mean_and_spread(flat, ROUNDING_32)
    unit = scales(centre, spread)
    return lambda values: (values.reshape(len(values), -1).astype(np.float64) - centre) / unit


def _signatures(samples: Samples, spec: SampleSpec, prepare: Prepare) -> FloatArray:
    """Return signatures, float32 ``[N, D]``: thumbnails by block means, encoded rows, else scaled values.

    Samples are read batch by batch; the signatures of all are in memory together.
    """
    parts = []
    for batch in samples.batches(rows_per_block(spec.shape, 8)):
        values = prepare(batch.values)
        if spec.modality == "image":
            channels, height, width = spec.shape
            down, across = -(-height // SIDE), -(-width // SIDE)
            rows, columns = height // down, width // across
            cut = values[:, :, : rows * down, : columns * across]
            values = cut.reshape(-1, channels, rows, down, columns, across).mean(axis=(3, 5))
        parts.append(np.ascontiguousarray(values.reshape(len(values), -1), dtype=np.float32))
    return np.concatenate(parts)


def _reach(spec: SampleSpec, signatures: FloatArray) -> float:
    """Return the largest distance of the signatures of two near copies."""
    low, high = spec.value_range or (0.0, float(signatures.std(axis=0).mean()))
    reach = CLOSE * (high - low) * float(np.sqrt(signatures.shape[1]))
    if spec.modality not in ("table", "vector"):
        return reach
    from scipy.special import chdtri

    # Of N normal samples in D columns, |a − b|²/2 follows a chi-square law with D degrees of freedom.
    by_chance = np.sqrt(2 * chdtri(spec.shape[0], 1 - CHANCE / len(signatures)))
    return min(reach, float(by_chance))


def _distances(queries: FloatArray, known: FloatArray, neighbours: int) -> NDArray[np.float64]:
    """Return the distances to the nearest `neighbours` of `known`, ``[N, neighbours]``."""
    import faiss

    centre = known.mean(axis=0)  # centred, because the squared norms then cancel less
    index = faiss.IndexFlatL2(known.shape[1])
    index.add(known - centre)
    squared, _ = index.search(queries - centre, neighbours)
    return np.asarray(np.sqrt(np.maximum(squared, 0)), dtype=np.float64)
