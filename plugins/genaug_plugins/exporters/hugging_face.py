"""The enlarged data set as parquet files that the Hugging Face `datasets` library opens."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from genaug import CompletedRun, Exporter
from genaug.contracts import Evidence
from genaug.data import Samples, SampleSpec
from genaug.data.images import encode_png, to_uint8
from genaug_plugins.exporters.card import summary
from genaug_plugins.exporters.lineage import Row, lineage, scores_of

_BATCH = 1000
"""Samples turned into columns together."""
_CHANNELS = 4
"""Most channels of what is written as an image."""


class HuggingFaceExporter(Exporter):
    """Write ``data/train-*.parquet`` and a data set card: ``datasets.load_dataset(FOLDER)`` opens it.

    Images are decoded on reading; other samples are a flat list of numbers, whose shape the card
    tells. The column ``synthetic`` tells what a generator made, ``label`` has the class names. Of the
    real samples only those of the training view are written: measure on others.
    """

    name: ClassVar[str] = "hugging-face"

    real: bool = True
    """Write the real training samples, too, in front of the synthetic ones."""
    shard: int = Field(default=20_000, ge=1)
    """At most so many samples in one file."""

    def export(self, run: CompletedRun, folder: Path) -> None:
        """Write the files; the split is called ``train``, for that is all it is good for."""
        evidence = run.evidence
        scores = list(scores_of(evidence))
        schema = _schema(evidence.spec, scores)
        rows = int(evidence.funnel.kept.sum()) + (len(evidence.train.samples) if self.real else 0)
        shards = max(1, -(-rows // self.shard))
        (folder / "data").mkdir()
        batches = _batches(evidence, self.real)
        pending: list[Row] = []
        for number in range(shards):
            path = folder / "data" / f"train-{number:05d}-of-{shards:05d}.parquet"
            left = min(self.shard, rows - number * self.shard)
            with pq.ParquetWriter(path, schema) as writer:
                while left > 0:
                    pending = pending or next(batches)
                    part, pending = pending[:left], pending[left:]
                    writer.write_table(pa.Table.from_pylist(part, schema=schema))
                    left -= len(part)
        (folder / "README.md").write_text(_card(run, rows), encoding="utf-8", newline="\n")


def _batches(evidence: Evidence, real: bool) -> Iterator[list[Row]]:
    spec = evidence.spec
    if real:
        empty = {"dropped_by": "", "reason": "", "generator": "", "prompt": "", "sources": []}
        for samples in evidence.train.samples.batches(_BATCH):
            yield [
                _sample(spec, samples, row)
                | {"label": int(samples.labels[row]), "status": "real", "synthetic": False}
                | {"id": str(samples.ids[row]), **empty}
                for row in range(len(samples))
            ]
    kept, scores = np.flatnonzero(evidence.funnel.kept), scores_of(evidence)
    for start in range(0, len(kept), _BATCH):
        some = kept[start : start + _BATCH]
        samples = evidence.pool.samples.take(some)
        yield [
            _sample(spec, samples, row)
            | lineage(evidence, int(index))
            | {"scores": {name: float(column[index]) for name, column in scores.items()}}
            for row, index in enumerate(some)
        ]


def _is_image(spec: SampleSpec) -> bool:
    return spec.modality == "image" and spec.shape[0] <= _CHANNELS


def _sample(spec: SampleSpec, samples: Samples, row: int) -> Row:
    values = samples.values[row]
    if _is_image(spec):
        return {"image": {"bytes": encode_png(to_uint8(values)), "path": None}}
    return {"values": values.ravel().tolist()}


def _schema(spec: SampleSpec, scores: list[str]) -> pa.Schema:
    """Return the columns, with what `datasets` must know of them in its own words."""
    text, whole = {"dtype": "string", "_type": "Value"}, {"dtype": "int64", "_type": "Value"}
    features: dict[str, Any] = {
        "image": {"_type": "Image"},
        "values": {"feature": {"dtype": "float32", "_type": "Value"}, "_type": "List"},
        "label": {"names": list(spec.class_names), "_type": "ClassLabel"},
        "synthetic": {"dtype": "bool", "_type": "Value"},
        **dict.fromkeys(("status", "id", "dropped_by", "reason", "generator", "prompt"), text),
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
        **dict.fromkeys(("status", "id", "dropped_by", "reason", "generator", "prompt"), pa.string()),
        **dict.fromkeys(("seed", "position"), pa.int64()),
        "sources": pa.list_(pa.string()),
        "scores": pa.struct([(name, pa.float64()) for name in scores]),
    }
    left_out = {"values" if _is_image(spec) else "image", *(() if scores else ("scores",))}
    names = [name for name in types if name not in left_out]
    told = {"info": {"features": {name: features[name] for name in names}}}
    return pa.schema([(name, types[name]) for name in names], metadata={"huggingface": json.dumps(told)})


def _card(run: CompletedRun, rows: int) -> str:
    spec = run.evidence.spec
    shape = " × ".join(map(str, spec.shape))
    settings = json.dumps(run.config.get("generator", {}), indent=2, default=str)
    kind = "image" if _is_image(spec) else "values"
    return f"""---
tags: [synthetic, genaug]
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*.parquet
---

{summary(run)}

{rows:,} samples of modality {spec.modality} and shape {shape}. The real samples are those of the training \
view alone; measure on real samples that are not in this folder.

| column | meaning |
|---|---|
| `{kind}` | the sample{"" if _is_image(spec) else f", flat; its shape is {shape}"} |
| `label` | its class, by name |
| `synthetic` | whether a generator made it |
| `status` | `real` or `kept` |
| `id` | hash of its content |
| `generator`, `seed`, `position` | which fitted generator made it, with which seed, as which of its request |
| `prompt`, `sources` | the text, and the ids of the training samples, that it was made from, if any |
| `scores` | what the generator and the selectors computed; absent of real samples |

The generator, with all its settings:

```json
{settings}
```

The licence of the real samples holds for what was learned from them, too, as far as their owner says so, \
and so does that of whatever weights the generator above was started from.
"""
