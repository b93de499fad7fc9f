"""The augmented data set as parquet files that the Hugging Face `datasets` library opens."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from genaug import CompletedRun, Exporter


class HuggingFaceExporter(Exporter):
    """Write ``data/train-*.parquet`` and a data set card: ``datasets.load_dataset(FOLDER)`` opens it.

    Images are decoded on reading; other samples are a flat list of numbers, whose shape is in the card. The
    column ``synthetic`` marks what a generator made, ``label`` has the class names. Of the real samples only
    those of the training view are written: use other samples for evaluation.
    """

    name: ClassVar[str] = "hugging-face"

    real: bool = True
    """Also write the real training samples, before the synthetic ones."""
    shard: int = Field(default=20_000, ge=1)
    """Maximum number of samples in one file."""

    def export(self, run: CompletedRun, folder: Path) -> None:
        """Write the files; the split is called ``train``, as it contains training data only."""
        from genaug_plugins.exporters.table import kept_rows, real_rows, schema_of, write_table

        evidence = run.evidence
        rows = int(evidence.funnel.kept.sum()) + (len(evidence.train.samples) if self.real else 0)
        batches = itertools.chain(real_rows(evidence) if self.real else (), kept_rows(evidence))
        (folder / "data").mkdir()
        write_table(batches, rows, schema_of(evidence), folder / "data", "train", self.shard)
        (folder / "README.md").write_text(_card(run, rows), encoding="utf-8", newline="\n")


def _card(run: CompletedRun, rows: int) -> str:
    from genaug_plugins.exporters.card import columns, recipe, summary

    return f"""---
tags: [synthetic, genaug]
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*.parquet
---

{summary(run)}

{columns(run.evidence.spec, rows)}

{recipe(run)}
"""
