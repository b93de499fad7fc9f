"""Pools on disk: parquet shards with the lineage of every candidate; never pickle."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genaug.data.acceptance import Tally
from genaug.data.encoding import column_name, decode_values, encode_values, value_feature
from genaug.data.pool import Origin, Pool
from genaug.data.resampling import at_spec
from genaug.data.samples import FloatArray, IntArray
from genaug.data.spec import SampleSpec
from genaug.data.stored import Block, StoredSamples

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK = 4096
"""Candidates of a shard that are read together."""
SCORE = "score:"
"""Prefix of the names of score columns."""
RECORD = "genaug"
"""Key of the origins in the schema's metadata."""
ORIGIN = ("generator", "seed", "prompt", "sources", "label", "count", "paired", "request", "start")
"""Fields of an origin that are written unchanged."""


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
    column = column_name(spec)
    origins = [pool.origins[row] for row in pool.origin]
    columns: dict[str, pa.Array] = {
        "id": pa.array(pool.ids.tolist(), pa.string()),
        column: encode_values(samples.values, spec),
        "label": pa.array(pool.labels),
        "generator": pa.array([origin.generator for origin in origins], pa.string()),
        "seed": pa.array([origin.seed for origin in origins], pa.int64()),
        "origin": pa.array(pool.origin),
        "position": pa.array(pool.position),
        "prompt": pa.array([origin.prompt for origin in origins], pa.string()),
        "sources": pa.array([list(pool.sources_of(row)) for row in range(len(pool))], pa.list_(pa.string())),
        "options": pa.array([json.dumps(dict(origin.options)) for origin in origins], pa.string()),
        **{SCORE + name: pa.array(scores) for name, scores in pool.scores.items()},
    }
    if samples.targets is not None:
        flat = pa.array(np.ascontiguousarray(samples.targets).reshape(-1), pa.float32())
        columns["target"] = pa.FixedSizeListArray.from_arrays(flat, int(np.prod(samples.targets.shape[1:])))
    numbers = np.unique(pool.origin)
    _save_inputs(pool, numbers, path)
    record = {
        "origins": [_origin_record(int(number), pool.origins[number]) for number in numbers],
        "tally": None if tally is None else asdict(tally),
        "target_shape": None if samples.targets is None else samples.targets.shape[1:],
    }
    features = _features(spec, column, pool.scores, samples.targets)
    meaning = {
        "huggingface": json.dumps({"info": {"features": features}}),
        RECORD: json.dumps(record),
    }
    fresh = path.with_name(path.name + ".new")
    pq.write_table(
        pa.table(columns).replace_schema_metadata(meaning),
        fresh,
        row_group_size=BLOCK,
        compression="zstd",
        use_dictionary=["generator", "prompt", "sources.list.element", "options"],  # no two values are alike
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
    start = 0
    for path in paths:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                starts.append(start)
                groups.append((path, group))
                start += file.metadata.row_group(group).num_rows
            wanted = [name for name in file.schema_arrow.names if name.startswith(SCORE)]
            wanted += [name for name in ("target",) if name in file.schema_arrow.names]
            table = file.read(columns=["id", "label", "origin", "position", *wanted])
            record = json.loads(file.schema_arrow.metadata[RECORD.encode()])
        origins |= dict(_origin(row, path) for row in record["origins"])
        for name in ("label", "origin", "position", *wanted):
            if name == "target":
                flat = table[name].combine_chunks().flatten().to_numpy()
                columns.setdefault(name, []).append(flat.reshape(-1, *record["target_shape"]))
            else:
                columns.setdefault(name, []).append(table[name].to_numpy())
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
        return StoredSamples(blocks, shown.shape, rows, labels, whole["id"], whole.get("target"), shown.dtype)

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
    )


def read_tally(path: Path) -> Tally:
    """Return the counts of the samples that were left out of a shard."""
    import pyarrow.parquet as pq

    record = json.loads(pq.read_schema(path).metadata[RECORD.encode()])
    return Tally(**(record["tally"] or {}))


class _StoredInputs(Mapping[str, NDArray[Any]]):
    """Latents and masks of requests, read from a file on access."""

    def __init__(self, path: Path, number: int, names: list[str]) -> None:
        self._path = path
        self._number = number
        self._names = names

    def __getitem__(self, name: str) -> NDArray[Any]:
        from safetensors import safe_open

        if name not in self._names:
            raise KeyError(name)
        with safe_open(self._path, framework="np") as file:
            array: NDArray[Any] = file.get_tensor(f"{self._number}.{name}")
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _save_inputs(pool: Pool, numbers: IntArray, path: Path) -> None:
    """Write the latents and masks of the given origins, if any."""
    from safetensors.numpy import save_file

    arrays = {
        f"{number}.{name}": np.ascontiguousarray(array)
        for number in numbers
        for name, array in pool.origins[number].inputs.items()
    }
    if arrays:
        fresh = path.with_suffix(".inputs.new")
        save_file(arrays, fresh)
        fresh.replace(path.with_suffix(".safetensors"))


def _origin_record(number: int, origin: Origin) -> dict[str, Any]:
    record = {name: getattr(origin, name) for name in ORIGIN}
    return {"number": number, **record, "options": dict(origin.options), "inputs": sorted(origin.inputs)}


def _origin(record: dict[str, Any], path: Path) -> tuple[int, Origin]:
    """Return the number of an origin, and the origin."""
    number, inputs = record.pop("number"), record.pop("inputs")
    arrays = _StoredInputs(path.with_suffix(".safetensors"), number, inputs) if inputs else {}
    return number, Origin(**{**record, "sources": tuple(record["sources"])}, inputs=arrays)


def _values(path: Path, group: int, native: SampleSpec, shown: SampleSpec) -> NDArray[Any]:
    """Read the values of one row group, at the shape of a spec."""
    import pyarrow.parquet as pq

    column = column_name(native)
    with pq.ParquetFile(path) as file:
        content = file.read_row_group(group, columns=[column])[column].combine_chunks()
    values = decode_values(content, native)
    return at_spec(values, native, shown)


def _features(
    spec: SampleSpec, column: str, scores: Iterable[str], targets: FloatArray | None
) -> dict[str, Any]:
    """Return the feature types of a shard for the `datasets` library."""
    text = {"dtype": "string", "_type": "Value"}
    number = {"dtype": "int64", "_type": "Value"}
    features = {
        "id": text,
        column: value_feature(spec),
        "label": {"names": list(spec.class_names), "_type": "ClassLabel"},
        "generator": text,
        "seed": number,
        "origin": number,
        "position": number,
        "prompt": text,
        "sources": {"feature": text, "_type": "List"},
        "options": text,
        **{SCORE + name: {"dtype": "float64", "_type": "Value"} for name in scores},
    }
    if targets is not None:
        length = int(np.prod(targets.shape[1:]))
        number = {"dtype": "float32", "_type": "Value"}
        features["target"] = {"feature": number, "length": length, "_type": "List"}
    return features
