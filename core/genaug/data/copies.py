"""Near copies: samples that are nearly, but not to the bit, the same."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import BoolArray, FloatArray, Samples
from genaug.data.spec import SampleSpec
from genaug.data.stored import rows_per_block

SIDE = 16
"""Images are compared as thumbnails of at most SIDE × SIDE."""
CLOSE = 1 / 64
"""Two samples are near copies where their root-mean-square difference is at most this share of the range."""
MOST = 50_000
"""Above this many samples the search is left out, and the audit says so: its cost grows with N²."""


def near_copies(samples: Samples, spec: SampleSpec) -> BoolArray:
    """Tell which samples have a near copy among the others, bool ``[N]``; exact copies do not count.

    Texts have none: only equal texts are found, by their content ids.
    """
    _, first = np.unique(samples.ids, return_index=True)
    marked = np.zeros(len(samples), dtype=np.bool_)
    if len(first) > 1 and spec.modality != "text":
        scale = _Scale(samples, spec)
        signatures = _signatures(samples.take(first), spec, scale)
        distance = _distances(signatures, signatures, neighbours=2)[:, 1]
        marked[first] = distance <= _reach(spec, signatures)
    return marked


def near_copies_across(held_out: Samples, train: Samples, spec: SampleSpec) -> BoolArray:
    """Tell which held-out samples have an exact or near copy in the training view, bool ``[N]``."""
    if not len(held_out) or not len(train):
        return np.zeros(len(held_out), dtype=np.bool_)
    if spec.modality == "text":
        return np.isin(held_out.ids, train.ids)
    scale = _Scale(train, spec)
    known = _signatures(train, spec, scale)
    return np.asarray(_distances(_signatures(held_out, spec, scale), known, 1)[:, 0] <= _reach(spec, known))


class _Scale:
    """Bring a table's columns to one scale: numbers by their spread; codes and gaps by one-hot columns."""

    def __init__(self, samples: Samples, spec: SampleSpec) -> None:
        self._spec = spec
        if spec.modality == "table":
            values = samples.values
            known = ~np.isnan(values)
            counts = np.maximum(known.sum(axis=0), 1)
            self._mean = np.where(known, values, 0).sum(axis=0) / counts
            spread = np.sqrt((np.where(known, values - self._mean, 0) ** 2).sum(axis=0) / counts)
            self._spread = np.where(spread > 0, spread, 1.0)

    def __call__(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Return ``[N, D']``: numeric columns in units of their spread, one-hot codes, gaps as ones."""
        if self._spec.modality != "table":
            return np.asarray(values, dtype=np.float32)
        parts: list[NDArray[Any]] = []
        for number, column in enumerate(self._spec.columns):
            cells = values[:, number]
            if column.type == "categorical":
                parts.append(cells[:, None] == np.arange(len(column.categories)))
            else:
                scaled = (cells - self._mean[number]) / self._spread[number]
                parts.append(np.nan_to_num(scaled)[:, None])
            if column.missing:
                parts.append(np.isnan(cells)[:, None])
        return np.concatenate(parts, axis=1).astype(np.float32)


def _signatures(samples: Samples, spec: SampleSpec, scale: _Scale) -> FloatArray:
    """Return what is compared, float32 ``[N, D]``: image thumbnails by block means, else the values.

    Samples are read batch by batch; the signatures of all are in memory together.
    """
    return np.concatenate(
        [_signature(scale(batch.values), spec) for batch in samples.batches(rows_per_block(spec.shape, 8))]
    )


def _signature(values: FloatArray, spec: SampleSpec) -> FloatArray:
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
