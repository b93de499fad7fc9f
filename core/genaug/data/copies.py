"""Near copies: samples that are almost equal."""

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import BoolArray, FloatArray, Samples
from genaug.data.spec import SampleSpec
from genaug.data.stored import rows_per_block
from genaug.data.table_encoder import TableEncoder

SIDE = 16
"""Images are compared as thumbnails of at most SIDE × SIDE."""
CLOSE = 1 / 64
"""Largest root-mean-square difference of two near copies, as a share of the value range."""
MOST = 50_000
"""Most samples that are searched, because the cost grows with N²; the audit reports a skipped search."""


def near_copies(samples: Samples, spec: SampleSpec) -> BoolArray:
    """Return which samples have a near copy among the others, bool ``[N]``; exact copies do not count.

    Texts have no near copies: only equal texts are found, by their content ids.
    """
    _, first = np.unique(samples.ids, return_index=True)
    marked = np.zeros(len(samples), dtype=np.bool_)
    if len(first) > 1 and spec.modality != "text":
        signatures = _signatures(samples.take(first), spec, _encoder(samples, spec))
        distance = _distances(signatures, signatures, neighbours=2)[:, 1]
        marked[first] = distance <= _reach(spec, signatures)
    return marked


def near_copies_across(held_out: Samples, train: Samples, spec: SampleSpec) -> BoolArray:
    """Return which held-out samples have an exact or near copy in the training view, bool ``[N]``."""
    if not len(held_out) or not len(train):
        return np.zeros(len(held_out), dtype=np.bool_)
    if spec.modality == "text":
        return np.isin(held_out.ids, train.ids)
    encoder = _encoder(train, spec)
    known, asked = _signatures(train, spec, encoder), _signatures(held_out, spec, encoder)
    return np.asarray(_distances(asked, known, neighbours=1)[:, 0] <= _reach(spec, known))


def _encoder(samples: Samples, spec: SampleSpec) -> TableEncoder | None:
    return TableEncoder(spec.columns, samples.values) if spec.modality == "table" else None


def _signatures(samples: Samples, spec: SampleSpec, encoder: TableEncoder | None) -> FloatArray:
    """Return signatures, float32 ``[N, D]``: thumbnails by block means, encoded rows, else the values.

    Samples are read batch by batch; the signatures of all are in memory together.
    """
    parts = []
    for batch in samples.batches(rows_per_block(spec.shape, 8)):
        values = encoder(batch.values) if encoder else batch.values
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
    return CLOSE * (high - low) * float(np.sqrt(signatures.shape[1]))


def _distances(queries: FloatArray, known: FloatArray, neighbours: int) -> NDArray[np.float64]:
    """Return the distances to the nearest `neighbours` of `known`, ``[N, neighbours]``."""
    import faiss

    centre = known.mean(axis=0)  # centred, because the squared norms then cancel less
    index = faiss.IndexFlatL2(known.shape[1])
    index.add(known - centre)
    squared, _ = index.search(queries - centre, neighbours)
    return np.asarray(np.sqrt(np.maximum(squared, 0)), dtype=np.float64)
