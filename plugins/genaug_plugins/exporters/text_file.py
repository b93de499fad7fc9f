"""The augmented set of texts as JSON lines."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np

from genaug import CompletedRun, Exporter
from genaug.contracts import Evidence
from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.exporters.lineage import Row, json_scores, lineage, of_real, scores_of

_BATCH = 1000
"""Number of texts read at once."""


class TextFileExporter(Exporter):
    """Write ``texts.jsonl``: a line for each text, with its class by name and its provenance.

    The real training texts come first, then those that were kept. Of the real texts only those of the
    training view are written: use other texts for evaluation. The source `text-file` reads the file.
    """

    name: ClassVar[str] = "text-file"

    real: bool = True
    """Also write the real training texts, before the synthetic ones."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not texts.

        Raises:
            DataError: naming the modality.
        """
        if spec.modality != "text":
            raise DataError(
                f"the exporter {self.name!r} writes texts, not {spec.modality} samples: "
                "remove it from `exporters`"
            )

    def export(self, run: CompletedRun, folder: Path) -> None:
        """Write the texts, batch by batch, and a ``README.md``.

        Raises:
            DataError: where the samples are not texts.
        """
        evidence = run.evidence
        self.check_usable(evidence.spec)
        with (folder / "texts.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            for text, row in itertools.chain(_real(evidence) if self.real else (), _kept(evidence)):
                line = {"text": text, **row, "label": evidence.spec.class_names[row["label"]]}
                file.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
        (folder / "README.md").write_text(_card(run), encoding="utf-8", newline="\n")


def _real(evidence: Evidence) -> Iterator[tuple[str, Row]]:
    for batch in evidence.train.samples.batches(_BATCH):
        for at, text in enumerate(batch.values):
            yield text, of_real(batch, at)


def _kept(evidence: Evidence) -> Iterator[tuple[str, Row]]:
    kept, scores = np.flatnonzero(evidence.funnel.kept), scores_of(evidence)
    for start in range(0, len(kept), _BATCH):
        some = kept[start : start + _BATCH]
        for index, text in zip(some, evidence.pool.samples.take(some).values, strict=True):
            yield text, lineage(evidence, int(index)) | json_scores(scores, int(index))


def _card(run: CompletedRun) -> str:
    from genaug_plugins.exporters.card import recipe, summary

    return f"""{summary(run)}

`texts.jsonl` has a line for each text. The real texts are those of the training view alone; measure on real \
texts that are not in this folder.

| key | meaning |
|---|---|
| `text`, `label` | the text, and its class by name |
| `synthetic`, `status` | whether a generator made it; `real` or `kept` |
| `id` | hash of its content |
| `generator`, `seed`, `position` | the fitted generator that made it, the seed, and the position within the
request | | `prompt`, `sources` | the text and the ids of the training samples that it was made from, if any
| | `scores` | what the generator and the selectors computed, as `selector.score`; null if not computed
|

{recipe(run)}
"""
