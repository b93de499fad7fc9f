"""The augmented set of texts as .txt files in class folders."""

from pathlib import Path
from typing import ClassVar

from genaug import CompletedRun, Exporter
from genaug.data import SampleSpec
from genaug_plugins.exporters.card import REAL_ONLY, column_table, recipe, summary, write_card
from genaug_plugins.exporters.class_folder_names import safe_folders
from genaug_plugins.exporters.rows import MEANINGS, all_rows, json_line, require


class TextFolderExporter(Exporter):
    """Write ``texts/CLASS/real-00001.txt`` and ``texts/CLASS/synthetic-00001.txt``, and ``rows.jsonl``.

    The source `text-folder` reads the folder ``texts``. Of the real texts only those of the training view are
    written: use other texts for evaluation.
    """

    name: ClassVar[str] = "text-folder"

    real: bool = True
    """Also write the real training texts."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not texts.

        Raises:
            DataError: naming the modality.
        """
        require(self, spec, "text")

    def export(self, run: CompletedRun, folder: Path) -> None:
        """Write a file for each text, the list of their origins and a ``README.md``.

        Raises:
            DataError: where the samples are not texts.
        """
        spec = run.evidence.spec
        self.check_usable(spec)
        classes = safe_folders(spec.class_names)
        for name in classes:
            (folder / "texts" / name).mkdir(parents=True)
        count = 0
        with (folder / "rows.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            for texts, rows in all_rows(run.evidence, self.real):
                for text, row in zip(texts, rows, strict=True):
                    count += 1
                    kind = "synthetic" if row["synthetic"] else "real"
                    path = f"texts/{classes[row['label']]}/{kind}-{count:05d}.txt"
                    (folder / path).write_text(text + "\n", encoding="utf-8", newline="\n")
                    line = {"file": path, **row, "label": spec.class_names[row["label"]]}
                    file.write(json_line(line) + "\n")
        about = f"`texts` has a folder for each class, `rows.jsonl` a line for each file. {REAL_ONLY}"
        columns = column_table("key", {"file": "path of its file", **MEANINGS, "label": "name of its class"})
        write_card(folder, summary(run), about, columns, recipe(run))
