"""How samples, pools and funnels lie on disk: safetensors and parquet, never pickle."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import load_file, save_file

from genaug.data.images import decode_png, encode_png, from_uint8, to_uint8
from genaug.data.pool import Origin, Pool
from genaug.data.samples import Samples
from genaug.data.selection import Funnel
from genaug.data.spec import SampleSpec


def save_samples(samples: Samples, path: Path) -> None:
    """Write samples to a safetensors file."""
    save_file({"values": np.ascontiguousarray(samples.values), "labels": samples.labels}, path)


def load_samples(path: Path) -> Samples:
    """Read samples from a safetensors file."""
    arrays = load_file(path)
    return Samples(arrays["values"], arrays["labels"])


def as_stored(samples: Samples, spec: SampleSpec) -> Samples:
    """Return samples at the precision in which a pool keeps them: 8 bits a channel for images.

    Candidates are rounded before anyone judges them, so that what was judged is what is exported.
    """
    if not _is_picture(spec):
        return samples
    return Samples(from_uint8(to_uint8(samples.values)), samples.labels)


def save_shard(pool: Pool, path: Path) -> None:
    """Write candidates to a parquet file that the Hugging Face `datasets` library opens as it is."""
    spec = pool.spec
    content: pa.Array
    if _is_picture(spec):
        pictures = [{"bytes": encode_png(image), "path": None} for image in to_uint8(pool.samples.values)]
        content = pa.array(pictures, pa.struct({"bytes": pa.binary(), "path": pa.string()}))
    else:
        flat = pa.array(pool.samples.values.reshape(-1), pa.float32())
        content = pa.FixedSizeListArray.from_arrays(flat, int(np.prod(spec.shape)))
    column = "image" if _is_picture(spec) else "values"
    origins = [pool.origins[row] for row in pool.request]
    table = pa.table(
        {
            "id": pa.array(pool.ids.tolist(), pa.string()),
            column: content,
            "label": pa.array(pool.samples.labels),
            "generator": pa.array([origin.generator for origin in origins], pa.string()),
            "seed": pa.array([origin.seed for origin in origins], pa.int64()),
            "request": pa.array(pool.request),
            "position": pa.array(pool.position),
            "prompt": pa.array([origin.prompt for origin in origins], pa.string()),
            "sources": pa.array([list(origin.sources) for origin in origins], pa.list_(pa.string())),
        }
    )
    meaning = {"huggingface": json.dumps({"info": {"features": _features(spec, column)}})}
    pq.write_table(table.replace_schema_metadata(meaning), path, compression="zstd")


def load_pool(paths: list[Path], spec: SampleSpec) -> Pool:
    """Read candidates from the parquet files that `save_shard` wrote, in the order given.

    Raises:
        ValueError: where there are no files.
    """
    table = pa.concat_tables([pq.read_table(path) for path in paths])
    if _is_picture(spec):
        pictures = [decode_png(row["bytes"]) for row in table["image"].to_pylist()]
        values = from_uint8(np.stack(pictures)) if pictures else np.zeros((0, *spec.shape), np.float32)
    else:
        flat = table["values"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        values = flat.astype(np.float32).reshape(-1, *spec.shape)
    request = table["request"].to_numpy().astype(np.int64)
    made = zip(*(table[name].to_pylist() for name in ("generator", "seed", "prompt", "sources")), strict=True)
    by_request = {
        number: Origin(generator, seed, prompt, tuple(sources))
        for number, (generator, seed, prompt, sources) in zip(request.tolist(), made, strict=True)
    }
    origins = tuple(by_request[number] for number in range(len(by_request)))
    labels = table["label"].to_numpy().astype(np.int64)
    return Pool(
        spec, Samples(values, labels), origins, request, table["position"].to_numpy().astype(np.int64)
    )


def save_funnel(funnel: Funnel, folder: Path) -> None:
    """Write what became of each candidate, and what each step said."""
    columns: dict[str, Any] = {
        "kept": funnel.kept,
        "dropped_by": funnel.dropped_by.tolist(),
        "reason": funnel.reasons.tolist(),
        **{f"score:{name}": column for name, column in funnel.scores.items()},
    }
    pq.write_table(pa.table(columns), folder / "candidates.parquet", compression="zstd")
    said = {"steps": funnel.steps, "notes": funnel.notes}
    (folder / "chain.json").write_text(json.dumps(said, indent=2), encoding="utf-8")


def load_funnel(folder: Path) -> Funnel:
    """Read back what `save_funnel` wrote."""
    table = pq.read_table(folder / "candidates.parquet")
    said = json.loads((folder / "chain.json").read_text(encoding="utf-8"))
    scores: Mapping[str, Any] = {
        name.removeprefix("score:"): table[name].to_numpy()
        for name in table.column_names
        if name.startswith("score:")
    }
    return Funnel(
        table["kept"].to_numpy(zero_copy_only=False).astype(np.bool_),
        np.array(table["dropped_by"].to_pylist(), dtype=np.str_),
        np.array(table["reason"].to_pylist(), dtype=np.str_),
        scores,
        tuple((step, left) for step, left in said["steps"]),
        tuple(said["notes"]),
    )


def _is_picture(spec: SampleSpec) -> bool:
    return spec.modality == "image" and spec.shape[0] <= 4


def _features(spec: SampleSpec, column: str) -> dict[str, Any]:
    """Return the feature types of a shard in the words of the `datasets` library."""
    text = {"dtype": "string", "_type": "Value"}
    number = {"dtype": "int64", "_type": "Value"}
    values = {
        "feature": {"dtype": "float32", "_type": "Value"},
        "length": int(np.prod(spec.shape)),
        "_type": "List",
    }
    return {
        "id": text,
        column: {"_type": "Image"} if _is_picture(spec) else values,
        "label": {"names": list(spec.class_names), "_type": "ClassLabel"},
        "generator": text,
        "seed": number,
        "request": number,
        "position": number,
        "prompt": text,
        "sources": {"feature": text, "_type": "List"},
    }
