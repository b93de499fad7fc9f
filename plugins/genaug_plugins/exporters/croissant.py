"""The augmented data set as parquet files, with a machine-readable description."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from genaug import CompletedRun, Exporter
from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.exporters.card import LICENCE, columns, recipe, summary, verdict, write_card
from genaug_plugins.exporters.rows import kept_rows, real_rows

if TYPE_CHECKING:
    from genaug_plugins.exporters.croissant_nodes import Node

_WHAT = (
    "A data set augmented by genaug: samples that a generator made, each with its provenance, and, if they "
    "are included, the real training samples that it was trained on."
)
_HEADER = """---
tags: [synthetic, genaug, croissant]
configs:
- config_name: default
  data_files:
  - split: train
    path: data/*.parquet
---"""
_READING = """`croissant.json` describes the files for programs, in the Croissant format:

```python
import mlcroissant

for record in mlcroissant.Dataset("croissant.json").records("synthetic"):  # or "real", or "classes"
    record["synthetic/label"], record["synthetic/id"]
```"""


class CroissantExporter(Exporter):
    """Write ``croissant.json``, metadata in the Croissant format, and the parquet files it describes.

    ``mlcroissant.Dataset("croissant.json").records("synthetic")`` yields the kept samples: images decoded,
    each with label, provenance and scores. The record set ``real`` has the real samples of the training view,
    ``classes`` the names of the labels; the hash of each file is in the metadata.
    ``datasets.load_dataset(FOLDER)`` opens the same files, as one split. Metadata that the format recommends
    and a run does not contain (licence, date, citation, version) is written only if it is set here.
    """

    name: ClassVar[str] = "croissant"

    title: str = Field(default="genaug", pattern=r"^[A-Za-z0-9._-]+$", max_length=255)
    """Name of the data set: letters, digits, dots, hyphens and underscores."""
    license: str | None = Field(default=None, min_length=1)
    """The licence of what is written: the address of its text, or its SPDX identifier."""
    date_published: date | None = None
    """The day of publication, like 2026-01-31."""
    cite_as: str | None = Field(default=None, min_length=1)
    """How to cite the data set, e.g. as BibTeX."""
    version: str | None = Field(default=None, pattern=r"^(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}$")
    """The version of the data set, like 1.0.0."""
    real: bool = True
    """Also write the real training samples, into a separate file."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for tables.

        Raises:
            DataError: naming what writes tables.
        """
        if spec.modality == "table":
            raise DataError(
                f"the exporter {self.name!r} does not describe tables, whose values may be missing: use "
                "{use: table-file} or {use: hugging-face}"
            )

    def export(self, run: CompletedRun, folder: Path) -> None:
        """Write the files, their description and a card."""
        from genaug_plugins.exporters.croissant_nodes import (
            CONFORMS_TO,
            CONTEXT,
            classes,
            file_object,
            record_set,
        )
        from genaug_plugins.exporters.table import write_table

        evidence, data = run.evidence, folder / "data"
        data.mkdir()
        counts = {"synthetic": int(evidence.funnel.kept.sum())}
        batches = {"synthetic": kept_rows(evidence)}
        if self.real:
            counts["real"] = len(evidence.train.samples)
            batches["real"] = real_rows(evidence)
        files: list[Node] = []
        for part, rows in counts.items():
            # One file per part: the reader verifies the hash only of a file that records refer to directly,
            # and cannot read sets of parquet files.
            paths = write_table(batches[part], rows, evidence, data, part, max(1, rows))
            files += [file_object(path, folder) for path in paths]
        sets = [record_set(part, file["@id"], evidence) for part, file in zip(counts, files, strict=True)]
        stated = {
            "license": self.license,
            "datePublished": None if self.date_published is None else self.date_published.isoformat(),
            "citeAs": self.cite_as,
            "version": self.version,
        }
        described = {
            "@context": CONTEXT,
            "@type": "sc:Dataset",
            "conformsTo": CONFORMS_TO,
            "name": self.title,
            "description": f"{verdict(run)}\n\n{_WHAT} {LICENCE}.",
            "keywords": ["synthetic", "genaug"],
            **{name: value for name, value in stated.items() if value is not None},
            "distribution": files,
            "recordSet": [classes(evidence), *sets],
        }
        text = json.dumps(described, ensure_ascii=False, indent=2, allow_nan=False)
        (folder / "croissant.json").write_text(text + "\n", encoding="utf-8", newline="\n")
        about = columns(evidence.spec, sum(counts.values()))
        write_card(folder, _HEADER, summary(run), _READING, about, recipe(run))
