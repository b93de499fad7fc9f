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
from genaug.contracts import Evidence
from genaug.data import SampleSpec
from genaug.data.encoding import is_picture
from genaug.data.images import encode_png, to_uint8
from genaug.data.samples import FloatArray
from genaug_plugins.exporters.lineage import Row, json_scores, lineage, of_real, scores_of

_BATCH = 1000
"""Number of samples read at once."""


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
        parts = {"real": _real(evidence)} if self.real else {}
        for part, samples in (parts | {"synthetic": _kept(evidence)}).items():
            _write(samples, evidence.spec, folder / part, self.shard)
        (folder / "README.md").write_text(_card(run), encoding="utf-8", newline="\n")


def _real(evidence: Evidence) -> Iterator[tuple[FloatArray, Row]]:
    for samples in evidence.train.samples.batches(_BATCH):
        for index, values in enumerate(samples.values):
            yield values, of_real(samples, index)


def _kept(evidence: Evidence) -> Iterator[tuple[FloatArray, Row]]:
    kept, scores = np.flatnonzero(evidence.funnel.kept), scores_of(evidence)
    for start in range(0, len(kept), _BATCH):
        some = kept[start : start + _BATCH]
        for index, values in zip(some, evidence.pool.samples.take(some).values, strict=True):
            yield values, lineage(evidence, int(index)) | json_scores(scores, int(index))


def _write(samples: Iterable[tuple[FloatArray, Row]], spec: SampleSpec, stem: Path, shard: int) -> None:
    """Write ``STEM-000000.tar`` and so on; without samples, one empty archive."""
    numbered = enumerate(samples)
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
    told = {"class": spec.class_names[row["label"]], **row}
    yield "json", json.dumps(told, ensure_ascii=False, allow_nan=False).encode()


def _card(run: CompletedRun) -> str:
    from genaug_plugins.exporters.card import recipe, summary

    spec = run.evidence.spec
    shape = f" and shape {' × '.join(map(str, spec.shape))}" if spec.shape else ""
    suffix, what = {"image": ("png", "the image"), "text": ("txt", "the text")}.get(
        "image" if is_picture(spec) else spec.modality, ("npy", f"the sample, {spec.dtype}")
    )
    return f"""---
tags: [synthetic, genaug, webdataset]
---

{summary(run)}

The samples are of modality {spec.modality}{shape}. `synthetic-*.tar` contains those that a \
generator made, `real-*.tar`, if present, the real ones of the training view only; use other real \
samples for evaluation. They are in order of class: shuffle them, and the archives.

```python
from pathlib import Path

import webdataset

archives = sorted(str(path) for path in Path().glob("synthetic-*.tar"))
data = webdataset.WebDataset(archives, shardshuffle=100).shuffle(10_000).decode({_decoding(spec)})
for sample in data:
    sample["{suffix}"], sample["cls"], sample["json"]
```

| member | meaning |
|---|---|
| `.{suffix}` | {what} |
| `.cls` | number of its class; `classes.json` has the names |
| `.json` | its provenance, see below |

| in `.json` | meaning |
|---|---|
| `label`, `class` | number and name of its class |
| `status` | `real` or `kept` |
| `synthetic` | whether a generator made it |
| `id` | hash of its content |
| `generator`, `seed`, `position` | the fitted generator that made it, the seed, and the position within the
request | | `prompt`, `sources` | the text and the ids of the training samples that it was made from, if any
| | `options` | other options of the request, as JSON, if any |
| `scores` | what the generator and the selectors computed, as `selector.score`; null if not computed |

{recipe(run)}
"""


def _decoding(spec: SampleSpec) -> str:
    """Return the argument of `decode`, which converts every image to colour by default.

    It does not support gray with alpha: colour with alpha keeps all of such an image.
    """
    decoders = {1: '"pill"', 2: '"pilrgba"', 3: '"pil"', 4: '"pilrgba"'}
    return decoders[spec.shape[0]] if is_picture(spec) else ""
