"""The augmented set of texts as JSON lines."""

from pathlib import Path
from typing import ClassVar

from genaug import CompletedRun, Exporter
from genaug.data import SampleSpec
from genaug_plugins.exporters.card import REAL_ONLY, column_table, recipe, summary, write_card
from genaug_plugins.exporters.rows import MEANINGS, all_rows, json_line, require


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
        require(self, spec, "text")

    def export(self, run: CompletedRun, folder: Path) -> None:
        """Write the texts, batch by batch, and a ``README.md``.

        Raises:
            DataError: where the samples are not texts.
        """
        spec = run.evidence.spec
        self.check_usable(spec)
        with (folder / "texts.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            for texts, rows in all_rows(run.evidence, self.real):
                for text, row in zip(texts, rows, strict=True):
                    line = {"text": text, **row, "label": spec.class_names[row["label"]]}
                    file.write(json_line(line) + "\n")
        about = f"`texts.jsonl` has a line for each text. {REAL_ONLY}"
        columns = column_table("key", {"text": "the text", **MEANINGS, "label": "name of its class"})
        write_card(folder, summary(run), about, columns, recipe(run))
