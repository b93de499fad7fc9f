"""The augmented data set as a folder of images, each with its provenance."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from genaug import CompletedRun, Exporter
from genaug.data import SampleSpec
from genaug.data.images import encode_png, to_uint8
from genaug.errors import DataError
from genaug_plugins.exporters.card import LICENCE, REAL_ONLY, column_table, summary, write_card
from genaug_plugins.exporters.rows import MEANINGS, candidate_rows, json_line, kept_rows, real_rows

_SPLIT_WORDS = frozenset(
    "train training validation valid val dev test testing eval evaluation".split()  # noqa: SIM905
)
"""Words that the Hugging Face `datasets` library interprets as the name of a split."""

_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
"""File names that Windows reserves."""


class ImageFolderExporter(Exporter):
    """Write the kept candidates as PNG files, with the metadata of each in ``metadata.jsonl``.

    ``synthetic/CLASS/ID.png``, beside it ``real/``, or both together in ``joined/``; each of them is
    a folder of class folders as torchvision's ImageFolder reads it. The whole folder opens as
    ``datasets.load_dataset("imagefolder", data_dir=…)``. Of the real samples only those of the
    training view are written: the others are for evaluation. Class folders have portable names; the metadata
    has the original ones.
    """

    name: ClassVar[str] = "image-folder"

    real: Literal["apart", "joined", "none"] = "apart"
    """The real training samples: in a separate folder, joined with the synthetic ones, or not written."""
    dropped: bool = False
    """Also write the candidates that were dropped, in `dropped/`, with the reason of each."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not images of 1 to 4 channels."""
        if spec.modality != "image" or spec.shape[0] > 4:
            raise DataError(
                f"image-folder writes images of 1 to 4 channels, but the samples are of modality "
                f"{spec.modality!r} and shape {list(spec.shape)}: remove it from `exporters`"
            )

    def export(self, run: CompletedRun, folder: Path) -> None:
        """Write the images, ``metadata.jsonl`` and a ``README.md`` that describes them.

        Raises:
            DataError: if the samples are not images of 1 to 4 channels.
        """
        evidence = run.evidence
        spec = evidence.spec
        self.check_usable(spec)
        joined = self.real == "joined"
        parts = [("joined" if joined else "synthetic", kept_rows(evidence))]
        if self.real != "none":
            parts.insert(0, ("joined" if joined else "real", real_rows(evidence)))
        if self.dropped:
            parts.append(("dropped", candidate_rows(evidence, np.flatnonzero(~evidence.funnel.kept))))
        class_folders = safe_folders(spec.class_names)
        copies: Counter[str] = Counter()
        with (folder / "metadata.jsonl").open("w", encoding="utf-8", newline="\n") as metadata:
            samples = (
                (part, pixels, row)
                for part, batches in parts
                for values, rows in batches
                for pixels, row in zip(to_uint8(values), rows, strict=True)
            )
            for part, pixels, row in samples:
                stem = f"{part}/{class_folders[row['label']]}/{row['id']}"
                copies[stem] += 1
                path = f"{stem}.png" if copies[stem] == 1 else f"{stem}-{copies[stem]}.png"
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(encode_png(pixels))
                line = {"file_name": path, "class": spec.class_names[row["label"]], **row}
                metadata.write(json_line(line) + "\n")
        _write_card(run, folder)


def safe_folders(class_names: Sequence[str]) -> list[str]:
    """Return a folder name for each class: portable, unique, never a split's name."""
    taken: set[str] = set()
    folders = []
    for label, name in enumerate(class_names):
        safe = re.sub(r"[^\w .+()&-]", "_", unicodedata.normalize("NFC", name)).strip(". ")
        safe = safe.encode()[:100].decode(errors="ignore").strip(". ")
        words = set(re.split(r"[\W_]+", safe.lower()))
        if not safe or words & _SPLIT_WORDS or safe.lower().split(".")[0] in _DEVICES:
            safe = f"class-{label}"
        if safe.casefold() in taken:
            safe = next(f"{safe}-{n}" for n in itertools.count(2) if f"{safe}-{n}".casefold() not in taken)
        taken.add(safe.casefold())
        folders.append(safe)
    return folders


def _write_card(run: CompletedRun, folder: Path) -> None:
    """Write a data set card; its header declares all of it as one split for the Hugging Face library."""
    header = """---
configs:
- config_name: default
  data_files:
  - split: train
    path: ["metadata.jsonl", "**/*.png"]
---"""
    height, width = run.evidence.spec.shape[1:]
    meanings = {
        "file_name": "path of the image in this folder",
        "class": "original name of its class",
        **MEANINGS,
        "status": "real, kept or dropped",
    }
    write_card(
        folder,
        header,
        summary(run),
        f"The images are of {height} × {width} pixels. {REAL_ONLY}",
        "`metadata.jsonl` has a line for each image:",
        column_table("column", meanings),
        f"{LICENCE}.",
    )
