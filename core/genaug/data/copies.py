"""Near copies: samples that are nearly, but not to the bit, the same."""

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import BoolArray, FloatArray, Samples
from genaug.data.spec import SampleSpec

SIDE = 16
"""Images are compared as thumbnails of at most SIDE × SIDE."""
CLOSE = 1 / 64
"""Two samples are near copies where their root-mean-square difference is at most this share of the range."""
MOST = 50_000
"""Above this many samples the search is left out, and the audit says so: its cost grows with N²."""


def near_copies(samples: Samples, spec: SampleSpec) -> BoolArray:
    """Tell which samples have a near copy among the others, bool ``[N]``; exact copies do not count."""
    _, first = np.unique(samples.ids, return_index=True)
    marked = np.zeros(len(samples), dtype=np.bool_)
    if len(first) > 1:
        signatures = _signatures(samples.values[first], spec)
        distance = _distances(signatures, signatures, neighbours=2)[:, 1]
        marked[first] = distance <= _reach(spec, signatures)
    return marked


def near_copies_across(held_out: Samples, train: Samples, spec: SampleSpec) -> BoolArray:
    """Tell which held-out samples have an exact or near copy in the training view, bool ``[N]``."""
    if not len(held_out) or not len(train):
        return np.zeros(len(held_out), dtype=np.bool_)
    known = _signatures(train.values, spec)
    return np.asarray(_distances(_signatures(held_out.values, spec), known, 1)[:, 0] <= _reach(spec, known))


def _signatures(values: FloatArray, spec: SampleSpec) -> FloatArray:
    """Return what is compared, float32 ``[N, D]``: image thumbnails by block means, else the values."""
    if spec.modality == "image":
        channels, height, width = spec.shape
        down, across = -(-height // SIDE), -(-width // SIDE)
        rows, columns = height // down, width // across
        cut = values[:, :, : rows * down, : columns * across]
        values = cut.reshape(-1, channels, rows, down, columns, across).mean(axis=(3, 5))
    return np.ascontiguousarray(values.reshape(len(values), -1), dtype=np.float32)


def _reach(spec: SampleSpec, signatures: FloatArray) -> float:
    """Return the distance up to which two signatures are near copies."""
    low, high = spec.value_range or (0.0, float(signatures.std(axis=0).mean()))
    return CLOSE * (high - low) * float(np.sqrt(signatures.shape[1]))


def _distances(queries: FloatArray, known: FloatArray, neighbours: int) -> NDArray[np.float64]:
    """Return the distances to the nearest `neighbours` of `known`, ``[N, neighbours]``."""
    import faiss

    centre = known.mean(axis=0)  # near the origin the squared norms cancel less
    index = faiss.IndexFlatL2(known.shape[1])
    index.add(known - centre)
    squared, _ = index.search(queries - centre, neighbours)
    return np.asarray(np.sqrt(np.maximum(squared, 0)), dtype=np.float64)
