"""The augmented table as one file with the columns of the original."""

from pathlib import Path
from typing import Any, ClassVar, Literal

from genaug import CompletedRun, Exporter
from genaug.data import SampleSpec
from genaug_plugins.exporters.card import REAL_ONLY, column_table, recipe, summary, write_card
from genaug_plugins.exporters.rows import MEANINGS, all_rows, require

_ADDED = ("label", "synthetic", "id", "generator", "seed", "position")
"""The columns that are added to those of the table."""


class TableFileExporter(Exporter):
    """Write ``table.csv`` or ``table.parquet``: the original columns, and the origin of each row.

    Real training rows first, then the rows that were kept. Beside the columns of the original table and
    its label column there are ``synthetic`` (true or false), ``id``, and ``generator``, ``seed`` and
    ``position``, empty for real rows; where the table has a column of such a name already, the added column
    is prefixed with ``genaug_``. Categories, booleans and whole numbers are written as they were read; a
    missing value is an empty cell. Of the real rows only those of the training view are written: use other
    rows for evaluation.
    """

    name: ClassVar[str] = "table-file"

    format: Literal["csv", "parquet"] = "csv"
    """Kind of file."""
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
        import pyarrow.csv as arrow_csv
        import pyarrow.parquet as pq

        from genaug_plugins.exporters.table import cell_types, named_rows

        spec = run.evidence.spec
        self.check_usable(spec)
        taken = {column.name for column in spec.columns}
        names = {"label": spec.details.get("label", "class")} | {name: name for name in _ADDED[1:]}
        for added, name in names.items():
            names[added] = name if name not in taken else f"genaug_{name}"
            taken.add(names[added])
        types = cell_types(spec) | {name: pa.string() for name in names.values()}
        types |= {names["synthetic"]: pa.bool_(), names["seed"]: pa.int64(), names["position"]: pa.int64()}
        schema = pa.schema(list(types.items()))
        path = folder / f"table.{self.format}"
        writer: Any = pq.ParquetWriter if self.format == "parquet" else arrow_csv.CSVWriter
        with writer(path, schema) as file:
            for values, rows in all_rows(run.evidence, self.real):
                lines = []
                for cells, row in zip(named_rows(spec, values), rows, strict=True):
                    row["label"] = spec.class_names[row["label"]]
                    lines.append(cells | {name: row.get(added) for added, name in names.items()})
                file.write_table(pa.Table.from_pylist(lines, schema=schema))
        about = (
            f"`{path.name}` has a row for each sample: the columns of the table as they were read, empty "
            f"where a value is missing, and those below. {REAL_ONLY}"
        )
        meanings = {name: MEANINGS[added] for added, name in names.items()}
        meanings |= {names["label"]: "name of its class"}
        write_card(folder, summary(run), about, column_table("column", meanings), recipe(run))
