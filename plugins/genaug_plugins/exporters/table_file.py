"""The augmented table as one file with the columns of the original."""

import json
from pathlib import Path
from typing import ClassVar, Literal

from genaug import CompletedRun, Exporter
from genaug.data import SampleSpec
from genaug.data.columns import written
from genaug_plugins.exporters.card import REAL_ONLY, column_table, recipe, summary, write_card
from genaug_plugins.exporters.rows import MEANINGS, all_rows, has_soft_labels, require

_ADDED = ("label", "synthetic", "id", "generator", "seed", "position")
"""The columns that are added to those of the table."""


class TableFileExporter(Exporter):
    """Write ``table.csv`` (or the kind of file that was read): the original columns, and each row's origin.

    Real training rows first, then the rows that were kept. Beside the columns of the original table and
    its label column there are ``synthetic`` (true or false), ``id``, and ``generator``, ``seed`` and
    ``position``, empty for real rows; where the table has a column of such a name already, the added column
    is prefixed with ``genaug_``. Categories, booleans, whole numbers and dates are written as they were
    read. A CSV file has the separator, the decimal sign, the digits and the words for missing values of the
    original, so that real rows stand there as they were read.
    Where samples have soft labels, ``soft_label`` has the shares of the classes as a JSON list.
    Of the real rows only those of the training view are written: use other rows for evaluation.
    """

    name: ClassVar[str] = "table-file"

    format: Literal["same", "csv", "tsv", "jsonl", "parquet", "xlsx"] = "same"
    """Kind of file; `same`: that of the file that was read, CSV where there was none."""
    real: bool = True
    """Also write the real training rows, before the synthetic ones."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not rows of a table.

        Raises:
            DataError: naming the modality.
        """
        require(self, spec, "table")

    def export(self, run: CompletedRun, folder: Path) -> None:
        """Write the table, row batch by row batch, and a ``README.md``.

        Raises:
            DataError: where the samples are not rows of a table.
        """
        import pyarrow as pa

        from genaug_plugins.exporters.table import cell_types, named_rows
        from genaug_plugins.exporters.table_writers import CELLS, TEXTS, table_writer

        spec = run.evidence.spec
        self.check_usable(spec)
        form = {"suffix": ".csv", "delimiter": ",", "decimal": "."} | json.loads(
            spec.details.get("form", "{}")
        )
        suffix = form["suffix"] if self.format == "same" else f".{self.format}"
        taken = {column.name for column in spec.columns}
        names = {"label": spec.details.get("label", "class")} | {name: name for name in _ADDED[1:]}
        if has_soft_labels(run.evidence):
            names["soft_label"] = "soft_label"
        for added, name in names.items():
            names[added] = name if name not in taken else f"genaug_{name}"
            taken.add(names[added])
        types = cell_types(spec) | {name: pa.string() for name in names.values()}
        types |= {names["synthetic"]: pa.bool_(), names["seed"]: pa.int64(), names["position"]: pa.int64()}
        restored = {} if suffix in TEXTS else {c.name: c.dates for c in spec.columns if c.dates is not None}
        for name, dates in restored.items():
            types[name] = pa.date32() if dates.whole else pa.timestamp("us")
        words = {c.name: c.words for c in spec.columns if c.words is not None and suffix in (*TEXTS, ".xlsx")}
        types |= dict.fromkeys(words, pa.string())
        path = folder / f"table{suffix}"
        as_read = suffix in CELLS
        with table_writer(path, pa.schema(list(types.items())), form["delimiter"]) as write:
            for values, rows in all_rows(run.evidence, self.real):
                lines = []
                for cells, row, numbers in zip(named_rows(spec, values), rows, values, strict=True):
                    row["label"] = spec.class_names[row["label"]]
                    if "soft_label" in row:
                        row["soft_label"] = json.dumps(row["soft_label"])
                    for column, value in zip(spec.columns, numbers.tolist(), strict=True):
                        if cells[column.name] is None:
                            cells[column.name] = column.gap if as_read else None
                        elif column.name in words:
                            cells[column.name] = words[column.name][int(cells[column.name])]
                        elif as_read and column.dates is None and column.type in ("numeric", "integer"):
                            cells[column.name] = written(column, value, form["decimal"])
                        elif column.name in restored:
                            rule = restored[column.name]
                            moment = rule.moment(round(value) if rule.whole else value)
                            cells[column.name] = moment.date() if rule.whole else moment
                    lines.append(cells | {name: row.get(added) for added, name in names.items()})
                write(lines)
        about = (
            f"`{path.name}` has a row for each sample: the columns of the table as they were read, empty "
            f"where a value is missing, and those below. {REAL_ONLY}"
        )
        meanings = {name: MEANINGS[added] for added, name in names.items()}
        meanings |= {names["label"]: "name of its class"}
        write_card(folder, summary(run), about, column_table("column", meanings), recipe(run))
