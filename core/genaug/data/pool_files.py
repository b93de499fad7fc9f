"""Pools on disk: parquet shards with the lineage of every candidate; never pickle."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genaug.data.acceptance import Tally
from genaug.data.encoding import column_name, decode_values, encode_values, object_array, value_feature
from genaug.data.origin_files import origin_record, read_origin, save_inputs
from genaug.data.pool import Origin, Pool
from genaug.data.resampling import at_spec
from genaug.data.samples import one_hot
from genaug.data.spec import SampleSpec
from genaug.data.stored import Block, StoredSamples

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK = 4096
"""Candidates of a shard that are read together."""
SCORE = "score:"
"""Prefix of the names of score columns."""
SOFT_LABEL = "soft_label"
"""Column of the share of each class; in the files that have a sample with a soft label."""
METADATA = "metadata"
"""Column of what is known of the making of each candidate, as JSON."""
RECORD = "genaug"
"""Key of origins, tally and shape of targets in the schema's metadata."""
REPEATED = ["generator", "prompt", "sources.list.element", "options"]
"""Columns whose values are repeated; no two ids, values or scores are equal."""
INPUTS = ".safetensors"
"""Suffix of the file with latents and masks, beside the parquet file."""


def save_shard(pool: Pool, path: Path, tally: Tally | None = None) -> None:
    """Write candidates to a parquet file that the Hugging Face `datasets` library can open.

    The values are those at the generator's resolution (`Pool.native`); ids are those of `Pool.samples`.
    Latents and masks of the requests are written to ``NAME.safetensors`` beside ``NAME.parquet``.

    Args:
        pool: the candidates.
        path: of the parquet file; files are written atomically.
        tally: counts of the samples that were left out.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    spec, samples = pool.native()
    origins = [pool.origins[row] for row in pool.origin]
    text = {"dtype": "string", "_type": "Value"}  # types of the `datasets` library
    number = {"dtype": "int64", "_type": "Value"}
    real = {"dtype": "float64", "_type": "Value"}
    classes = {"names": list(spec.class_names), "_type": "ClassLabel"}
    sources = [list(pool.sources_of(row)) for row in range(len(pool))]
    options = [json.dumps(dict(origin.options)) for origin in origins]
    columns: dict[str, tuple[pa.Array, dict[str, Any]]] = {
        "id": (pa.array(pool.ids.tolist(), pa.string()), text),
        column_name(spec): (encode_values(samples.values, spec), value_feature(spec)),
        "label": (pa.array(pool.labels), classes),
        "generator": (pa.array([origin.generator for origin in origins], pa.string()), text),
        "seed": (pa.array([origin.seed for origin in origins], pa.int64()), number),
        "origin": (pa.array(pool.origin), number),
        "position": (pa.array(pool.position), number),
        "prompt": (pa.array([origin.prompt for origin in origins], pa.string()), text),
        "sources": (pa.array(sources, pa.list_(pa.string())), {"feature": text, "_type": "List"}),
        "options": (pa.array(options, pa.string()), text),
        **{SCORE + name: (pa.array(scores), real) for name, scores in pool.scores.items()},
    }
    if pool.metadata is not None:
        columns[METADATA] = (pa.array(pool.metadata.tolist(), pa.string()), text)
    if samples.targets is not None:
        flat = pa.array(np.ascontiguousarray(samples.targets).reshape(-1), pa.float32())
        length = int(np.prod(samples.targets.shape[1:]))
        single = {"dtype": "float32", "_type": "Value"}
        feature = {"feature": single, "length": length, "_type": "List"}
        columns["target"] = pa.FixedSizeListArray.from_arrays(flat, length), feature
    if samples.soft_labels is not None:
        flat = pa.array(samples.soft_labels.reshape(-1), pa.float32())
        single = {"dtype": "float32", "_type": "Value"}
        feature = {"feature": single, "length": spec.classes, "_type": "List"}
        columns[SOFT_LABEL] = pa.FixedSizeListArray.from_arrays(flat, spec.classes), feature
    used = {int(number): pool.origins[number] for number in np.unique(pool.origin)}
    save_inputs(used, path.with_suffix(INPUTS))
    record = {
        "origins": [origin_record(number, origin) for number, origin in used.items()],
        "tally": None if tally is None else asdict(tally),
        "target_shape": None if samples.targets is None else samples.targets.shape[1:],
    }
    features = {name: feature for name, (_, feature) in columns.items()}
    metadata = {
        "huggingface": json.dumps({"info": {"features": features}}),
        RECORD: json.dumps(record),
    }
    table = pa.table({name: content for name, (content, _) in columns.items()})
    fresh = path.with_name(path.name + ".new")
    pq.write_table(
        table.replace_schema_metadata(metadata),
        fresh,
        row_group_size=BLOCK,
        compression="zstd",
        use_dictionary=REPEATED,
    )
    fresh.replace(path)


def load_pool(
    paths: list[Path], spec: SampleSpec, native: SampleSpec | None = None, notes: tuple[str, ...] = ()
) -> Pool:
    """Read candidates from the parquet files that `save_shard` wrote, in the given order.

    Values are read on access; see `StoredSamples`. Ids are read, not computed.

    Args:
        paths: the files.
        spec: of the real data.
        native: spec of the files' values; None: the same.
        notes: notes on the making of the candidates.

    Raises:
        ValueError: where there are no files.
    """
    import pyarrow.parquet as pq

    if not paths:
        raise ValueError("there are no files to read candidates from")
    native = native or spec
    starts: list[int] = []
    groups: list[tuple[Path, int]] = []
    origins: dict[int, Origin] = {}
    columns: dict[str, list[NDArray[Any]]] = {}
    start, known, softened = 0, False, False
    for path in paths:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                starts.append(start)
                groups.append((path, group))
                start += file.metadata.row_group(group).num_rows
            wanted = [name for name in file.schema_arrow.names if name.startswith(SCORE)]
            wanted += [name for name in ("target", METADATA, SOFT_LABEL) if name in file.schema_arrow.names]
            known |= METADATA in wanted
            softened |= SOFT_LABEL in wanted
            table = file.read(columns=["id", "label", "origin", "position", *wanted])
            record = json.loads(file.schema_arrow.metadata[RECORD.encode()])
        origins |= dict(read_origin(row, path.with_suffix(INPUTS)) for row in record["origins"])
        for name in ("label", "origin", "position", *wanted):
            if name == "target":
                flat = table[name].combine_chunks().flatten().to_numpy()
                columns.setdefault(name, []).append(flat.reshape(-1, *record["target_shape"]))
            elif name not in (METADATA, SOFT_LABEL):
                columns.setdefault(name, []).append(table[name].to_numpy())
        texts = table[METADATA].to_pylist() if METADATA in wanted else ["{}"] * table.num_rows
        columns.setdefault(METADATA, []).append(object_array(texts))
        if SOFT_LABEL in wanted:
            soft = table[SOFT_LABEL].combine_chunks().flatten().to_numpy().reshape(-1, spec.classes)
        else:
            soft = one_hot(table["label"].to_numpy(), spec.classes)
        columns.setdefault(SOFT_LABEL, []).append(soft)
        columns.setdefault("id", []).append(np.array(table["id"].to_pylist(), dtype="<U32"))
    whole = {name: np.concatenate(parts) for name, parts in columns.items()}
    order = np.array(sorted(origins), dtype=np.int64)

    def samples(shown: SampleSpec) -> StoredSamples:
        blocks = tuple(
            Block(start, partial(_values, path, group, native, shown))
            for start, (path, group) in zip(starts, groups, strict=True)
        )
        labels = whole["label"].astype(np.int64)
        rows = np.arange(len(labels))
        soft = whole[SOFT_LABEL] if softened else None
        return StoredSamples(
            blocks, shown.shape, rows, labels, whole["id"], whole.get("target"), shown.dtype, soft
        )

    return Pool(
        spec,
        samples(spec),
        tuple(origins[number] for number in order.tolist()),
        np.searchsorted(order, whole["origin"]),
        whole["position"].astype(np.int64),
        {name.removeprefix(SCORE): scores for name, scores in whole.items() if name.startswith(SCORE)},
        None if native.shape == spec.shape else samples(native),
        None if native.shape == spec.shape else native,
        notes,
        whole[METADATA] if known else None,
    )


def read_tally(path: Path) -> Tally:
    """Return the counts of the samples that were left out of a shard."""
    import pyarrow.parquet as pq

    record = json.loads(pq.read_schema(path).metadata[RECORD.encode()])
    return Tally(**(record["tally"] or {}))


def _values(path: Path, group: int, native: SampleSpec, shown: SampleSpec) -> NDArray[Any]:
    """Read the values of one row group, at the shape of a spec."""
    import pyarrow.parquet as pq

    column = column_name(native)
    with pq.ParquetFile(path) as file:
        content = file.read_row_group(group, columns=[column])[column].combine_chunks()
    values = decode_values(content, native)
    return at_spec(values, native, shown)
