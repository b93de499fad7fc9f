"""The augmented data set as a folder of images, each with its provenance."""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from genaug import CompletedRun, Exporter
from genaug.contracts import Evidence
from genaug.data import Samples, SampleSpec
from genaug.data.images import ByteArray, encode_png, to_uint8
from genaug.errors import DataError
from genaug_plugins.exporters.lineage import Row, json_scores, lineage, of_real, scores_of

_SPLIT_WORDS = frozenset(
    "train training validation valid val dev test testing eval evaluation".split()  # noqa: SIM905
)
"""Words that the Hugging Face `datasets` library interprets as the name of a split."""

_BATCH = 500
"""Number of images read at once."""
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
        kept = evidence.funnel.kept
        together = self.real == "joined"
        parts = [_synthetic(evidence, np.flatnonzero(kept), "joined" if together else "synthetic")]
        if self.real != "none":
            parts.insert(0, _real(evidence.train.samples, "joined" if together else "real"))
        if self.dropped:
            parts.append(_synthetic(evidence, np.flatnonzero(~kept), "dropped"))
        class_folders = safe_folders(spec.class_names)
        copies: Counter[str] = Counter()
        with (folder / "metadata.jsonl").open("w", encoding="utf-8", newline="\n") as metadata:
            for part, row, pixels in itertools.chain(*parts):
                stem = f"{part}/{class_folders[row['label']]}/{row['id']}"
                copies[stem] += 1
                path = f"{stem}.png" if copies[stem] == 1 else f"{stem}-{copies[stem]}.png"
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(encode_png(pixels))
                line = {"file_name": path, "class": spec.class_names[row["label"]], **row}
                metadata.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
        (folder / "README.md").write_text(_card(run), encoding="utf-8", newline="\n")


def _real(samples: Samples, part: str) -> Iterator[tuple[str, Row, ByteArray]]:
    index = 0
    for batch in samples.batches(_BATCH):
        for pixels in to_uint8(batch.values):
            yield part, of_real(samples, index), pixels
            index += 1


def _synthetic(evidence: Evidence, rows: NDArray[np.intp], part: str) -> Iterator[tuple[str, Row, ByteArray]]:
    scores = scores_of(evidence)
    for start in range(0, len(rows), _BATCH):
        some = rows[start : start + _BATCH]
        for index, pixels in zip(some, to_uint8(evidence.pool.samples.take(some).values), strict=True):
            yield part, lineage(evidence, int(index)) | json_scores(scores, int(index)), pixels


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


def _card(run: CompletedRun) -> str:
    """Return a data set card; its header declares all of it as one split for the Hugging Face library."""
    from genaug_plugins.exporters.card import LICENCE, summary

    return f"""---
configs:
- config_name: default
  data_files:
  - split: train
    path: ["metadata.jsonl", "**/*.png"]
---

{summary(run)}

The images are of {run.evidence.spec.shape[1]} × {run.evidence.spec.shape[2]} pixels. The real samples \
are those of the training view alone; use real samples that are not in this folder for evaluation.

`metadata.jsonl` has a line for each image:

| column | meaning |
|---|---|
| `file_name` | path of the image in this folder |
| `label`, `class` | number and original name of its class |
| `status` | `real`, `kept` or `dropped` |
| `synthetic` | whether a generator made it |
| `id` | hash of its content |
| `generator`, `seed`, `position` | the fitted generator that made it, the seed, and the position within the
request | | `prompt`, `sources` | the text and the ids of the training samples that it was made from, if any
| | `options` | other options of the request, as JSON, if any |
| `dropped_by`, `reason` | the selector that dropped it, and why |
| `scores` | what the generator and the selectors computed, as `selector.score`; null if not computed |

{LICENCE}.
"""
