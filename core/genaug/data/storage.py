"""How pools and funnels are stored on disk: parquet and JSON, never pickle."""

import json
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from genaug.data.encoding import column_name, decode_values, encode_values, is_picture, value_feature
from genaug.data.images import from_uint8, to_uint8
from genaug.data.pool import Origin, Pool
from genaug.data.samples import Samples
from genaug.data.selection import Funnel, Reasons
from genaug.data.spec import SampleSpec
from genaug.data.stored import Block, StoredSamples

BLOCK = 4096
"""Candidates of a shard that are read together."""
SCORE = "score:"
"""Begins the name of a column of scores."""


def as_stored(samples: Samples, spec: SampleSpec) -> Samples:
    """Return samples at the precision in which a pool keeps them: 8 bits a channel for images.

    Candidates are rounded before anyone judges them, so that what was judged is what is exported.
    """
    if not is_picture(spec):
        return samples
    return Samples(from_uint8(to_uint8(samples.values)), samples.labels, samples.targets)


def save_shard(pool: Pool, path: Path) -> None:
    """Write candidates to a parquet file that the Hugging Face `datasets` library opens as it is."""
    spec = pool.spec
    column = column_name(spec)
    origins = [pool.origins[row] for row in pool.request]
    table = pa.table(
        {
            "id": pa.array(pool.ids.tolist(), pa.string()),
            column: encode_values(pool.samples.values, spec),
            "label": pa.array(pool.labels),
            "generator": pa.array([origin.generator for origin in origins], pa.string()),
            "seed": pa.array([origin.seed for origin in origins], pa.int64()),
            "request": pa.array(pool.request),
            "position": pa.array(pool.position),
            "prompt": pa.array([origin.prompt for origin in origins], pa.string()),
            "sources": pa.array([list(origin.sources) for origin in origins], pa.list_(pa.string())),
            **{SCORE + name: pa.array(scores) for name, scores in pool.scores.items()},
        }
    )
    meaning = {"huggingface": json.dumps({"info": {"features": _features(spec, column, pool.scores)}})}
    pq.write_table(
        table.replace_schema_metadata(meaning),
        path,
        row_group_size=BLOCK,
        compression="zstd",
        use_dictionary=["generator", "prompt", "sources.list.element"],  # no two values are alike
    )


def load_pool(paths: list[Path], spec: SampleSpec) -> Pool:
    """Read candidates from the parquet files that `save_shard` wrote, in the order given.

    The values stay there until they are asked for; see `StoredSamples`. Ids are those written.

    Raises:
        ValueError: where there are no files.
    """
    if not paths:
        raise ValueError("there are no files to read candidates from")
    blocks: list[Block] = []
    origins: dict[int, Origin] = {}
    columns: dict[str, list[NDArray[Any]]] = {}
    start = 0
    for path in paths:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                blocks.append(Block(start, partial(_values, path, group, spec)))
                start += file.metadata.row_group(group).num_rows
            wanted = [name for name in file.schema_arrow.names if name != column_name(spec)]
            table = file.read(columns=wanted)
        origins |= _origins(table)
        for name in ("label", "request", "position", *(name for name in wanted if name.startswith(SCORE))):
            columns.setdefault(name, []).append(table[name].to_numpy())
        columns.setdefault("id", []).append(np.array(table["id"].to_pylist(), dtype="<U32"))
    whole = {name: np.concatenate(parts) for name, parts in columns.items()}
    rows = np.arange(start)
    return Pool(
        spec,
        StoredSamples(
            tuple(blocks), spec.shape, rows, whole["label"].astype(np.int64), whole["id"], dtype=spec.dtype
        ),
        tuple(origins[number] for number in range(len(origins))),
        whole["request"].astype(np.int64),
        whole["position"].astype(np.int64),
        {name.removeprefix(SCORE): scores for name, scores in whole.items() if name.startswith(SCORE)},
    )


def _values(path: Path, group: int, spec: SampleSpec) -> NDArray[Any]:
    """Read the values of one row group."""
    with pq.ParquetFile(path) as file:
        content = file.read_row_group(group, columns=[column_name(spec)])[column_name(spec)].combine_chunks()
    return decode_values(content, spec)


def _origins(table: pa.Table) -> dict[int, Origin]:
    """Return the origins of a shard's requests, by their numbers."""
    numbers, first = np.unique(table["request"].to_numpy(), return_index=True)
    made = table.take(pa.array(first)).select(["generator", "seed", "prompt", "sources"]).to_pylist()
    return {
        int(number): Origin(row["generator"], row["seed"], row["prompt"], tuple(row["sources"]))
        for number, row in zip(numbers, made, strict=True)
    }


def save_funnel(funnel: Funnel, folder: Path) -> None:
    """Write what became of each candidate, and what each step said."""
    columns: dict[str, Any] = {
        "kept": funnel.kept,
        "dropped_by": pa.array(funnel.dropped_by, pa.string()),
        "reason": pa.array(funnel.reasons, pa.string()),
        **{f"{SCORE}{name}": column for name, column in funnel.scores.items()},
    }
    pq.write_table(
        pa.table(columns),
        folder / "candidates.parquet",
        compression="zstd",
        use_dictionary=["dropped_by", "reason"],
    )
    said = {"steps": funnel.steps, "notes": funnel.notes}
    (folder / "chain.json").write_text(json.dumps(said, indent=2), encoding="utf-8")


def load_funnel(folder: Path) -> Funnel:
    """Read back what `save_funnel` wrote."""
    table = pq.read_table(folder / "candidates.parquet", read_dictionary=["dropped_by", "reason"])
    said = json.loads((folder / "chain.json").read_text(encoding="utf-8"))
    scores: Mapping[str, Any] = {
        name.removeprefix(SCORE): table[name].to_numpy()
        for name in table.column_names
        if name.startswith(SCORE)
    }
    return Funnel(
        table["kept"].to_numpy(zero_copy_only=False).astype(np.bool_),
        _texts(table["dropped_by"]),
        _texts(table["reason"]),
        scores,
        tuple((step, left) for step, left in said["steps"]),
        tuple(said["notes"]),
    )


def _texts(column: pa.ChunkedArray) -> Reasons:
    """Return texts as objects, those that many rows share held once."""
    coded = column.unify_dictionaries().combine_chunks()
    known = np.array([*coded.dictionary.to_pylist(), ""], dtype=np.object_)[:-1]
    return np.asarray(known[coded.indices.to_numpy()])


def _features(spec: SampleSpec, column: str, scores: Iterable[str]) -> dict[str, Any]:
    """Return the feature types of a shard in the words of the `datasets` library."""
    text = {"dtype": "string", "_type": "Value"}
    number = {"dtype": "int64", "_type": "Value"}
    return {
        "id": text,
        column: value_feature(spec),
        "label": {"names": list(spec.class_names), "_type": "ClassLabel"},
        "generator": text,
        "seed": number,
        "request": number,
        "position": number,
        "prompt": text,
        "sources": {"feature": text, "_type": "List"},
        **{SCORE + name: {"dtype": "float64", "_type": "Value"} for name in scores},
    }
