"""The augmented table as one file with the columns of the original."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from genaug import CompletedRun, Exporter
from genaug.contracts import Evidence
from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.exporters.lineage import Row, lineage, of_real

_BATCH = 1000
"""Number of rows written at once."""
_HISTORY = ("generator", "seed", "position")


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
        if spec.modality != "table":
            raise DataError(
                f"the exporter {self.name!r} writes rows of tables, not {spec.modality} samples: "
                "remove it from `exporters`"
            )

    def export(self, run: CompletedRun, folder: Path) -> None:
        """Write the table, row batch by row batch, and a ``README.md``.

        Raises:
            DataError: where the samples are not rows of a table.
        """
        import pyarrow as pa
        import pyarrow.csv as arrow_csv
        import pyarrow.parquet as pq

        from genaug_plugins.exporters.table import cell_types

        evidence = run.evidence
        self.check_usable(evidence.spec)
        names = _own_names(evidence.spec)
        own = {"label": pa.string(), "synthetic": pa.bool_(), "id": pa.string()}
        own |= {"generator": pa.string(), "seed": pa.int64(), "position": pa.int64()}
        types = cell_types(evidence.spec) | {names[name]: kind for name, kind in own.items()}
        schema = pa.schema(list(types.items()))
        path = folder / f"table.{self.format}"
        writer: Any = pq.ParquetWriter if self.format == "parquet" else arrow_csv.CSVWriter
        with writer(path, schema) as file:
            for rows in _rows(evidence, names, self.real):
                file.write_table(pa.Table.from_pylist(rows, schema=schema))
        (folder / "README.md").write_text(_card(run, path.name, names), encoding="utf-8", newline="\n")


def _own_names(spec: SampleSpec) -> dict[str, str]:
    """Return the names of the added columns."""
    taken = {column.name for column in spec.columns}
    label = spec.details.get("label", "class")
    names = {"label": label if label not in taken else f"genaug_{label}"}
    taken.add(names["label"])
    for name in ("synthetic", "id", *_HISTORY):
        names[name] = name if name not in taken else f"genaug_{name}"
    return names


def _rows(evidence: Evidence, names: dict[str, str], real: bool) -> Iterator[list[Row]]:
    from genaug_plugins.exporters.table import named_rows

    spec = evidence.spec
    if real:
        for batch in evidence.train.samples.batches(_BATCH):
            cells = named_rows(spec, batch.values)
            yield [row | _own(spec, of_real(batch, at), names) for at, row in enumerate(cells)]
    kept = np.flatnonzero(evidence.funnel.kept)
    for start in range(0, len(kept), _BATCH):
        some = kept[start : start + _BATCH]
        cells = named_rows(spec, evidence.pool.samples.take(some).values)
        yield [
            row | _own(spec, lineage(evidence, int(index)), names)
            for row, index in zip(cells, some, strict=True)
        ]


def _own(spec: SampleSpec, known: Row, names: dict[str, str]) -> Row:
    known = known | {"label": spec.class_names[known["label"]]}
    return {called: known.get(name) for name, called in names.items()}


def _card(run: CompletedRun, file: str, names: dict[str, str]) -> str:
    from genaug_plugins.exporters.card import escaped, recipe, summary

    history = ", ".join(f"`{escaped(names[name])}`" for name in _HISTORY)
    return f"""{summary(run)}

`{file}` has a row for each sample. The real rows are those of the training view alone; use real rows \

| column | meaning |
|---|---|
| the table's columns | as they were read; empty where a value is missing |
| `{escaped(names["label"])}` | the class, by name |
| `{names["synthetic"]}` | whether a generator made it |
| `{names["id"]}` | hash of its content |
| {history} | the fitted generator that made it, the seed, and the position within the request |

{recipe(run)}
"""
