"""The augmented data set as tar files that the `webdataset` library streams."""

from __future__ import annotations

import io
import itertools
import json
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field

from genaug import CompletedRun, Exporter
from genaug.data import SampleSpec
from genaug.data.encoding import is_picture
from genaug.data.images import encode_png, to_uint8
from genaug.data.samples import FloatArray
from genaug_plugins.exporters.card import REAL_ONLY, column_table, recipe, summary, write_card
from genaug_plugins.exporters.rows import MEANINGS, Batch, Row, json_line, kept_rows, real_rows


class WebdatasetExporter(Exporter):
    """Write ``synthetic-000000.tar`` and so on, and ``real-*.tar`` beside them: shards of WebDataset.

    A sample is three members of an archive with the same stem: ``.png`` for an image, ``.txt`` for a text,
    ``.npy`` (read without pickle) for anything else; ``.cls`` with the number of its class; ``.json`` with
    the class's name, the provenance and the scores. Real and synthetic samples are in separate shards, so
    that a loader can mix them in any ratio. Within a shard they are in the order of the run, class by class:
    shuffle them when loading. Of the real samples only those of the training view are written: use other
    samples for evaluation.
    """

    name: ClassVar[str] = "webdataset"

    real: bool = True
    """Also write the real training samples, into ``real-*.tar``."""
    shard: int = Field(default=10_000, ge=1, le=1_000_000)
    """Maximum number of samples in one archive."""

    def export(self, run: CompletedRun, folder: Path) -> None:
        """Write the shards, ``classes.json`` with the names of the classes, and ``README.md``."""
        evidence = run.evidence
        names = json.dumps(evidence.spec.class_names, ensure_ascii=False, indent=2)
        (folder / "classes.json").write_text(names + "\n", encoding="utf-8", newline="\n")
        parts = {"real": real_rows(evidence)} if self.real else {}
        for part, batches in (parts | {"synthetic": kept_rows(evidence)}).items():
            _write(batches, evidence.spec, folder / part, self.shard)
        _write_card(run, folder)


def _write(batches: Iterable[Batch], spec: SampleSpec, stem: Path, shard: int) -> None:
    """Write ``STEM-000000.tar`` and so on; without samples, one empty archive."""
    numbered = enumerate(pair for values, rows in batches for pair in zip(values, rows, strict=True))
    for number in itertools.count():
        some = list(itertools.islice(numbered, 1))
        if number and not some:
            return
        with tarfile.open(f"{stem}-{number:06d}.tar", "w", format=tarfile.USTAR_FORMAT) as archive:
            for place, (values, row) in itertools.chain(some, itertools.islice(numbered, shard - 1)):
                # The number distinguishes equal samples; a dot would end the key.
                key = f"{place:08d}-{row['id']}"
                for suffix, content in _members(values, row, spec):
                    # The defaults of TarInfo for owner, mode and time are the same on every machine.
                    member = tarfile.TarInfo(f"{key}.{suffix}")
                    member.size = len(content)
                    archive.addfile(member, io.BytesIO(content))


def _members(values: FloatArray, row: Row, spec: SampleSpec) -> Iterator[tuple[str, bytes]]:
    if is_picture(spec):
        yield "png", encode_png(to_uint8(values))
    elif spec.modality == "text":
        yield "txt", str(values).encode()
    else:
        array = io.BytesIO()
        np.save(array, values, allow_pickle=False)
        yield "npy", array.getvalue()
    yield "cls", str(row["label"]).encode()
    yield "json", json_line({"class": spec.class_names[row["label"]], **row}).encode()


def _write_card(run: CompletedRun, folder: Path) -> None:
    spec = run.evidence.spec
    shape = f" and shape {' × '.join(map(str, spec.shape))}" if spec.shape else ""
    suffix, what, decoding = "npy", f"the sample, {spec.dtype}", ""
    if spec.modality == "text":
        suffix, what = "txt", "the text"
    elif is_picture(spec):
        # `decode` converts every image to colour by default, and does not support gray with alpha: colour
        # with alpha keeps all of such an image.
        suffix, what = "png", "the image"
        decoding = {1: '"pill"', 2: '"pilrgba"', 3: '"pil"', 4: '"pilrgba"'}[spec.shape[0]]
    reading = f"""The samples are of modality {spec.modality}{shape}. `synthetic-*.tar` contains those that \
a generator made, `real-*.tar`, if present, the real ones. {REAL_ONLY} They are in order of class: shuffle \
them, and the archives.

```python
from pathlib import Path

import webdataset

archives = sorted(str(path) for path in Path().glob("synthetic-*.tar"))
data = webdataset.WebDataset(archives, shardshuffle=100).shuffle(10_000).decode({decoding})
for sample in data:
    sample["{suffix}"], sample["cls"], sample["json"]
```"""
    members = {
        f".{suffix}": what,
        ".cls": "number of its class; `classes.json` has the names",
        ".json": "its provenance, see below",
    }
    write_card(
        folder,
        "---\ntags: [synthetic, genaug, webdataset]\n---",
        summary(run),
        reading,
        column_table("member", members),
        column_table("in `.json`", {**MEANINGS, "class": "name of its class"}),
        recipe(run),
    )
