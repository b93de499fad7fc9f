"""The augmented data set in parquet files, one row per sample."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from genaug.contracts import Evidence
from genaug.data import SampleSpec
from genaug.data.columns import decode_column
from genaug.data.encoding import column_name, is_picture
from genaug.data.images import encode_png, to_uint8
from genaug_plugins.exporters.rows import Batch, Row, has_soft_labels, scores_of

TEXTS = ("status", "id", "dropped_by", "reason", "generator", "prompt", "options")
"""Columns of text."""


def write_table(
    batches: Iterable[Batch], rows: int, evidence: Evidence, folder: Path, stem: str, shard: int
) -> list[Path]:
    """Write ``STEM-00000-of-00001.parquet`` and so on; without rows, one empty file.

    Args:
        batches: the samples, in order.
        rows: their number.
        evidence: the classes and scores, which the columns depend on.
        folder: an existing one.
        stem: prefix of the name of each file.
        shard: maximum number of rows in one file.
    """
    schema = schema_of(evidence)
    empty: Row = dict.fromkeys(TEXTS, "") | {"sources": []}
    remaining = (
        [content | empty | row for content, row in zip(_contents(evidence.spec, values), own, strict=True)]
        for values, own in batches
    )
    pending: list[Row] = []
    shards = max(1, -(-rows // shard))
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
    """Return the columns, with the feature types that the library `datasets` reads."""
    spec, scores = evidence.spec, list(scores_of(evidence))
    content = column_name(spec)
    text, whole = {"dtype": "string", "_type": "Value"}, {"dtype": "int64", "_type": "Value"}
    features: dict[str, Any] = {
        content: _content_feature(spec),
        "label": {"names": list(spec.class_names), "_type": "ClassLabel"},
        "synthetic": {"dtype": "bool", "_type": "Value"},
        **dict.fromkeys(TEXTS, text),
        "seed": whole,
        "position": whole,
        "sources": {"feature": text, "_type": "List"},
        "soft_label": {
            "feature": {"dtype": "float64", "_type": "Value"},
            "length": spec.classes,
            "_type": "List",
        },
        "scores": {name: {"dtype": "float64", "_type": "Value"} for name in scores},
    }
    types = {
        content: _content_type(spec),
        "label": pa.int64(),
        "synthetic": pa.bool_(),
        **dict.fromkeys(TEXTS, pa.string()),
        **dict.fromkeys(("seed", "position"), pa.int64()),
        "sources": pa.list_(pa.string()),
        "soft_label": pa.list_(pa.float64(), spec.classes),
        "scores": pa.struct([(name, pa.float64()) for name in scores]),
    }
    absent = {"scores"} if not scores else set()
    absent |= set() if has_soft_labels(evidence) else {"soft_label"}
    names = [name for name in types if name not in absent]
    described = {"info": {"features": {name: features[name] for name in names}}}
    return pa.schema([(name, types[name]) for name in names], metadata={"huggingface": json.dumps(described)})


def _contents(spec: SampleSpec, values: NDArray[Any]) -> Iterator[Row]:
    """Yield the value of the sample's column for each sample."""
    if spec.modality == "table":
        for row in named_rows(spec, values):
            yield {"values": row}
    elif spec.modality == "text":
        for text in values:
            yield {"text": text}
    elif is_picture(spec):
        for pixels in to_uint8(values):
            yield {"image": {"bytes": encode_png(pixels), "path": None}}
    else:
        for sample in values:
            yield {"values": sample.ravel().tolist()}


def named_rows(spec: SampleSpec, values: NDArray[Any]) -> Iterator[Row]:
    """Yield the rows of a table in the original form: by column name, None where a value is missing."""
    decoded = [decode_column(column, cells) for column, cells in zip(spec.columns, values.T, strict=True)]
    names = [column.name for column in spec.columns]
    for row in zip(*decoded, strict=True):
        yield dict(zip(names, row, strict=True))


def cell_types(spec: SampleSpec) -> dict[str, pa.DataType]:
    """Return the type of each of a table's columns, by name."""
    types = {
        "numeric": pa.float64(),
        "integer": pa.int64(),
        "categorical": pa.string(),
        "boolean": pa.bool_(),
    }
    return {c.name: pa.string() if c.dates is not None else types[c.type] for c in spec.columns}


def _content_type(spec: SampleSpec) -> pa.DataType:
    if spec.modality == "table":
        return pa.struct(list(cell_types(spec).items()))
    if spec.modality == "text":
        return pa.string()
    if is_picture(spec):
        return pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    return pa.list_(pa.float32())


def _content_feature(spec: SampleSpec) -> dict[str, Any]:
    """Return the type of the sample's column as a feature type of the library `datasets`."""
    if spec.modality == "table":
        words = {"double": "float64"}
        return {
            name: {"dtype": words.get(str(kind), str(kind)), "_type": "Value"}
            for name, kind in cell_types(spec).items()
        }
    if spec.modality == "text":
        return {"dtype": "string", "_type": "Value"}
    if is_picture(spec):
        return {"_type": "Image"}
    return {"feature": {"dtype": "float32", "_type": "Value"}, "_type": "List"}
