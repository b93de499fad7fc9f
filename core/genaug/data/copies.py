"""Near copies: samples that are almost equal."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import BoolArray, FloatArray, Samples
from genaug.data.spec import SampleSpec
from genaug.data.spread import ROUNDING_32, Doubles, mean_and_spread, robust_spread, scales
from genaug.data.stored import rows_per_block
from genaug.data.table_encoder import TableEncoder

Prepare = Callable[[NDArray[Any]], NDArray[Any]]

SIDE = 16
"""Images are compared as thumbnails of at most SIDE × SIDE."""
CLOSE = 1 / 64
"""Largest root-mean-square difference of two near copies, as a share of the value range."""
CHANCE = 0.01
"""Expected chance neighbours of a sample within the largest distance of near copies."""
BULK = 4.0
"""Values further from the median than so many deviations do not count for the covariance."""
MOST_FOR_COVARIANCE = 2000
"""Most samples from which the covariance is estimated."""
MOST = 50_000
"""Most samples that are searched, because the cost grows with N²; the audit reports a skipped search."""


def near_copies(samples: Samples, spec: SampleSpec) -> BoolArray:
    """Return which samples have a near copy among the others, bool ``[N]``; exact copies do not count.

    Texts have no near copies: only equal texts are found, by their content ids. Without a value range the
    unit is the deviation of the bulk (`robust_spread`): of each column in tables and vectors, of all values
    in signals; so rescaled samples have the same near copies, and neither a few large values nor one column
    sets the unit. In few columns, independent samples are near each other by chance: there the largest
    distance is the one at which one in a hundred samples has a chance neighbour.
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
    if spec.value_range is not None:
        return lambda values: values
    encode: Prepare = lambda values: values.reshape(len(values), -1).astype(np.float64)  # noqa: E731
    if spec.modality == "table":
        encode = TableEncoder(spec.columns, samples.values)
    flat = encode(samples.values)
    known = flat if spec.modality in ("table", "vector") else flat.reshape(-1, 1)  # a signal has one unit
    centre, spread = np.median(known, axis=0), robust_spread(known)
    if spec.modality == "table":  # categories are 0 and 1 already, numbers are in units of their deviation
        deviation = mean_and_spread(known, ROUNDING_32)[1]
        unit = np.where(spread > 0, spread / np.where(deviation > 0, deviation, 1.0), 1.0)
    else:
        unit = scales(centre, spread)
    return lambda values: (encode(values) - centre) / unit


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
    root = float(np.sqrt(signatures.shape[1]))
    if spec.value_range is not None:
        return CLOSE * (spec.value_range[1] - spec.value_range[0]) * root
    spread = robust_spread(signatures.astype(np.float64))
    reach = CLOSE * float(spread.mean()) * root
    return reach if spec.modality not in ("table", "vector") else min(reach, _chance(signatures, spread))


def _chance(signatures: FloatArray, spread: Doubles) -> float:
    """Return the distance at which a share of `CHANCE` of independent samples has a neighbour.

    For two normal samples of covariance Σ, |a − b|²/2 is about c·χ²(ν), with c = tr Σ²/tr Σ and
    ν = (tr Σ)²/tr Σ² (Satterthwaite 1946): columns that are constant or repeat others do not count. Σ is
    estimated on the bulk.
    """
    from scipy.special import chdtri

    some = signatures[:: -(-len(signatures) // MOST_FOR_COVARIANCE)].astype(np.float64)
    some = (some - np.median(some, axis=0)).clip(-BULK * spread, BULK * spread)
    some -= some.mean(axis=0)
    n = len(some)
    gram = (some @ some.T if n < some.shape[1] else some.T @ some) / n
    trace, squares = float(np.trace(gram)), float((gram**2).sum())
    if trace == 0:
        return 0.0
    squares = max(squares - trace**2 / n, trace**2 / gram.size)  # less what is noise of the estimate
    scale, freedom = squares / trace, trace**2 / squares
    return float(np.sqrt(2 * scale * chdtri(freedom, 1 - CHANCE / len(signatures))))


def _distances(queries: FloatArray, known: FloatArray, neighbours: int) -> NDArray[np.float64]:
    """Return the distances to the nearest `neighbours` of `known`, ``[N, neighbours]``."""
    import faiss

    centre = np.median(known, axis=0)  # centred, because the squared norms then cancel less
    index = faiss.IndexFlatL2(known.shape[1])
    index.add(known - centre)
    squared, _ = index.search(queries - centre, neighbours)
    return np.asarray(np.sqrt(np.maximum(squared, 0)), dtype=np.float64)
