"""The enlarged data set as a table in parquet files."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from genaug.contracts import Evidence
from genaug.data import Samples, SampleSpec
from genaug.data.images import encode_png, to_uint8
from genaug_plugins.exporters.lineage import Row, lineage, of_real, scores_of

_BATCH = 1000
"""Samples turned into columns together."""
_CHANNELS = 4
"""Most channels of what is written as an image."""

TEXTS = ("status", "id", "dropped_by", "reason", "generator", "prompt")
"""Columns of text."""


def is_image(spec: SampleSpec) -> bool:
    """Return whether samples are written as PNG images; others are as numbers."""
    return spec.modality == "image" and spec.shape[0] <= _CHANNELS


def real_rows(evidence: Evidence) -> Iterator[list[Row]]:
    """Yield the real training samples, some at a time."""
    empty = {"dropped_by": "", "reason": "", "generator": "", "prompt": "", "sources": []}
    for samples in evidence.train.samples.batches(_BATCH):
        yield [
            _sample(evidence.spec, samples, row) | of_real(samples, row) | empty
            for row in range(len(samples))
        ]


def kept_rows(evidence: Evidence) -> Iterator[list[Row]]:
    """Yield the candidates that were kept, some at a time."""
    kept, scores = np.flatnonzero(evidence.funnel.kept), scores_of(evidence)
    for start in range(0, len(kept), _BATCH):
        some = kept[start : start + _BATCH]
        samples = evidence.pool.samples.take(some)
        yield [
            _sample(evidence.spec, samples, row)
            | lineage(evidence, int(index))
            | {"scores": {name: float(column[index]) for name, column in scores.items()}}
            for row, index in enumerate(some)
        ]


def write_table(
    batches: Iterable[list[Row]], rows: int, schema: pa.Schema, folder: Path, stem: str, shard: int
) -> list[Path]:
    """Write ``STEM-00000-of-00001.parquet`` and so on; without rows, one file that holds none.

    Args:
        batches: the rows, in order.
        rows: how many they are.
        schema: of every file.
        folder: that exists.
        stem: begins the name of each file.
        shard: at most so many rows in one file.
    """
    shards = max(1, -(-rows // shard))
    remaining, pending = iter(batches), list[Row]()
    paths = [folder / f"{stem}-{number:05d}-of-{shards:05d}.parquet" for number in range(shards)]
    for number, path in enumerate(paths):
        left = min(shard, rows - number * shard)
        with pq.ParquetWriter(path, schema) as writer:
            while left > 0:
                pending = pending or next(remaining)
                part, pending = pending[:left], pending[left:]
                writer.write_table(pa.Table.from_pylist(part, schema=schema))
                left -= len(part)
    return paths


def schema_of(evidence: Evidence) -> pa.Schema:
    """Return the columns, with what the library `datasets` must know of them in its own words."""
    spec, scores = evidence.spec, list(scores_of(evidence))
    text, whole = {"dtype": "string", "_type": "Value"}, {"dtype": "int64", "_type": "Value"}
    features: dict[str, Any] = {
        "image": {"_type": "Image"},
        "values": {"feature": {"dtype": "float32", "_type": "Value"}, "_type": "List"},
        "label": {"names": list(spec.class_names), "_type": "ClassLabel"},
        "synthetic": {"dtype": "bool", "_type": "Value"},
        **dict.fromkeys(TEXTS, text),
        "seed": whole,
        "position": whole,
        "sources": {"feature": text, "_type": "List"},
        "scores": {name: {"dtype": "float64", "_type": "Value"} for name in scores},
    }
    types = {
        "image": pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
        "values": pa.list_(pa.float32()),
        "label": pa.int64(),
        "synthetic": pa.bool_(),
        **dict.fromkeys(TEXTS, pa.string()),
        **dict.fromkeys(("seed", "position"), pa.int64()),
        "sources": pa.list_(pa.string()),
        "scores": pa.struct([(name, pa.float64()) for name in scores]),
    }
    left_out = {"values" if is_image(spec) else "image", *(() if scores else ("scores",))}
    names = [name for name in types if name not in left_out]
    told = {"info": {"features": {name: features[name] for name in names}}}
    return pa.schema([(name, types[name]) for name in names], metadata={"huggingface": json.dumps(told)})


def _sample(spec: SampleSpec, samples: Samples, row: int) -> Row:
    values = samples.values[row]
    if is_image(spec):
        return {"image": {"bytes": encode_png(to_uint8(values)), "path": None}}
    return {"values": values.ravel().tolist()}
