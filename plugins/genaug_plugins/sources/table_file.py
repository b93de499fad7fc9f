"""A table in a CSV, JSON lines or parquet file: named columns, one of them the class."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug import Source
from genaug.components.frozen_dict import FrozenDict
from genaug.data import Dataset, Samples, SampleSpec
from genaug.data.columns import ColumnType
from genaug.data.samples import UNLABELLED
from genaug.errors import DataError
from genaug_plugins.sources.cells import TABLE_FILE, need_columns, read_cells, row_name
from genaug_plugins.sources.column_types import Reading, read_column
from genaug_plugins.sources.files import existing_file, file_sha256, row_origins

if TYPE_CHECKING:
    import pyarrow as pa

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?")


class TableFileSource(Source):
    """Read a table: CSV or TSV (UTF-8, a line of names first), JSON lines or parquet.

    The type of each column is detected: `boolean` where all values are true/false or yes/no, `integer`,
    `numeric`, else `categorical`; numbers with leading zeros are categories, as they are codes. Whole numbers
    beyond 2^53 give an error. Rows without a label are unlabelled: they are used for training.
    """

    name: ClassVar[str] = "table-file"

    path: Path
    """The file: .csv, .tsv, .jsonl or .parquet."""
    label: str | None
    """Column of the class; null: there is none, and all rows are of one class, `all`."""
    targets: tuple[str, ...] = ()
    """Columns of numbers that a task other than classification predicts; they are not generated."""
    groups: str | None = None
    """Column of the groups (a patient, a household), which are never split."""
    ignore: tuple[str, ...] = ()
    """Columns that are left out: ids, free text, dates."""
    types: FrozenDict[str, ColumnType] = FrozenDict()
    """Types of columns that are not detected: `{zip: categorical, price: numeric}`."""
    missing: tuple[str, ...] = MISSING
    """Texts that represent a missing value."""
    most_categories: int = Field(default=100, ge=2)
    """Maximum number of different texts of a column that is detected as categorical."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """Separator of the cells of a CSV file; null: a comma, in .tsv files a tab."""

    def load(self) -> Dataset:
        """Read all rows, in the order of the file.

        Raises:
            DataError: naming the column and the line that cannot be used.
        """
        path = self.path.expanduser()
        cells = read_cells(path, self.delimiter)
        others = [name for name in (self.label, self.groups, *self.targets, *self.ignore) if name is not None]
        need_columns(path, cells, [*others, *self.types])
        names = [name for name in cells.column_names if name not in others]
        if not names:
            raise DataError(f"{path.name} has no column beside {', '.join(others)}: there are no features")
        reading = Reading(
            frozenset(self.missing), self.most_categories, partial(row_name, path, delimiter=self.delimiter)
        )
        read = [read_column(name, cells[name], self.types.get(name), reading) for name in names]
        class_names: tuple[str, ...] = ("all",)
        labels = np.zeros(cells.num_rows, dtype=np.int64)
        if self.label is not None:
            any_number = Reading(reading.missing, cells.num_rows, reading.where)
            column, codes = read_column(self.label, cells[self.label], "categorical", any_number)
            class_names = column.categories
            labels = np.where(np.isnan(codes), UNLABELLED, codes).astype(np.int64)
        groups = None
        if self.groups is not None:
            groups = ["" if cell is None else str(cell) for cell in cells[self.groups].to_pylist()]
            if "" in groups:
                row = reading.where(groups.index(""))
                raise DataError(f"the column {self.groups!r} of `groups` is empty in {row}")
        spec = SampleSpec(
            modality="table",
            shape=(len(read),),
            class_names=class_names,
            columns=tuple(column for column, _ in read),
            details={"label": self.label or "class", "origin": path.name},
        )
        constant = [column.name for column, values in read if len(np.unique(values)) == 1]
        return Dataset(
            spec,
            Samples(np.stack([values for _, values in read], axis=1), labels, self._targets(cells, reading)),
            None if groups is None else np.array(groups),
            row_origins(path.name, cells.num_rows),
            (f"{len(constant)} columns have one value only: {', '.join(constant[:5])}",) if constant else (),
        )

    def state(self) -> str:
        """Return the SHA-256 of the file.

        Raises:
            DataError: where it is missing.
        """
        return file_sha256(existing_file(self.path, TABLE_FILE))

    def _targets(self, cells: pa.Table, reading: Reading) -> NDArray[np.float32] | None:
        if not self.targets:
            return None
        read = [read_column(name, cells[name], "numeric", reading) for name in self.targets]
        for column, values in read:
            if column.missing:
                row = int(np.flatnonzero(np.isnan(values))[0])
                raise DataError(
                    f"the target {column.name!r} is missing in {reading.where(row)}: remove the row"
                )
        return np.stack([values for _, values in read], axis=1).astype(np.float32)
