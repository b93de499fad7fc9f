"""The augmented data set as parquet files that the Hugging Face `datasets` library opens."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from genaug import CompletedRun, Exporter
from genaug_plugins.exporters.card import columns, recipe, summary, write_card
from genaug_plugins.exporters.rows import all_rows


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
        from genaug_plugins.exporters.table import write_table

        evidence = run.evidence
        rows = int(evidence.funnel.kept.sum()) + (len(evidence.train.samples) if self.real else 0)
        (folder / "data").mkdir()
        write_table(all_rows(evidence, self.real), rows, evidence, folder / "data", "train", self.shard)
        header = """---
tags: [synthetic, genaug]
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*.parquet
---"""
        write_card(folder, header, summary(run), columns(evidence.spec, rows), recipe(run))
