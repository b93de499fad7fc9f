"""Samples on disk: safetensors, parquet for texts; never pickle.

A folder has ``index.safetensors`` (labels, ids, targets, soft labels) and the values in numbered files.
Images whose values are exactly 8-bit levels are stored as uint8 and read as float32 in [-1, 1], equal to the
bit.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.data.encoding import object_array
from genaug.data.images import from_uint8, to_uint8
from genaug.data.samples import Samples
from genaug.data.spec import SampleSpec
from genaug.data.stored import Block, StoredSamples, rows_per_block

INDEX = "index.safetensors"


def save_samples(samples: Samples, folder: Path, spec: SampleSpec) -> None:
    """Write samples into a new folder, batch by batch, so that stored values are not all in memory."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from safetensors.numpy import save_file

    folder.mkdir()
    index: dict[str, NDArray[Any]] = {
        "labels": samples.labels,
        "ids": samples.ids.astype("S32").view(np.uint8).reshape(len(samples), 32),
    }
    if samples.targets is not None:
        index["targets"] = np.ascontiguousarray(samples.targets)
    if samples.soft_labels is not None:
        index["soft_labels"] = np.ascontiguousarray(samples.soft_labels)
    save_file(index, folder / INDEX)
    size = rows_per_block(spec.shape, max(1, spec.dtype.itemsize))
    for number, batch in enumerate(samples.batches(size)):
        if spec.modality == "text":
            table = pa.table({"text": pa.array(batch.values.tolist(), pa.string())})
            pq.write_table(table, folder / f"values-{number:05d}.parquet", compression="zstd")
        else:
            values = np.ascontiguousarray(batch.values)
            if spec.modality == "image":
                pixels = to_uint8(values)
                if np.array_equal(from_uint8(pixels), values):
                    values = pixels
            save_file({"values": values}, folder / f"values-{number:05d}.safetensors")


def load_samples(folder: Path, spec: SampleSpec) -> StoredSamples:
    """Open samples that `save_samples` wrote; values are read on access."""
    from safetensors.numpy import load_file

    index = load_file(folder / INDEX)
    count = len(index["labels"])
    size = rows_per_block(spec.shape, max(1, spec.dtype.itemsize))
    read = _read_texts if spec.modality == "text" else _read_numbers
    suffix = "parquet" if spec.modality == "text" else "safetensors"
    blocks = tuple(
        Block(start, partial(read, folder / f"values-{number:05d}.{suffix}"))
        for number, start in enumerate(range(0, count, size))
    )
    ids = np.ascontiguousarray(index["ids"]).view("S32").reshape(count).astype("<U32")
    return StoredSamples(
        blocks,
        spec.shape,
        np.arange(count),
        index["labels"],
        ids,
        index.get("targets"),
        spec.dtype,
        index.get("soft_labels"),
    )


def _read_numbers(path: Path) -> NDArray[Any]:
    from safetensors.numpy import load_file

    values = load_file(path)["values"]
    return from_uint8(values) if values.dtype == np.uint8 else values


def _read_texts(path: Path) -> NDArray[Any]:
    import pyarrow.parquet as pq

    return object_array(pq.read_table(path)["text"].to_pylist())
