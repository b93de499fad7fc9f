"""The classes of a table: the categories of its label column, or ranges of its numbers."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from genaug.data.samples import UNLABELLED, IntArray
from genaug.errors import DataError
from genaug_plugins.sources.column_types import Reading, read_column
from genaug_plugins.sources.number_cells import is_whole, number

if TYPE_CHECKING:
    import pyarrow as pa

MOST_FLOATS = 20
"""Most different numbers that are not whole which are taken as classes."""
MOST_WHOLE = 50
"""Most different whole numbers that are taken as classes where each has few rows."""
FEW = 5
"""Rows of a class below which many different whole numbers are a quantity."""


def table_labels(
    name: str, cells: pa.ChunkedArray, reading: Reading, quantiles: int | None
) -> tuple[tuple[str, ...], IntArray, tuple[str, ...]]:
    """Return the names of the classes, the label of each row ``[N]``, and notes.

    Args:
        name: of the label column.
        cells: of the label column.
        reading: how cells are read; a label may have any number of categories.
        quantiles: number of classes of equal size that a column of numbers is cut into.

    Raises:
        DataError: if the column is one of numbers that are no classes, with what to set.
    """
    known = [cell for cell in reading.known(cells) if cell is not None]
    if not known:
        raise DataError(
            f"the label {name!r} has no value in any row: name another column in `label`, or set `label: "
            "null`"
        )
    if quantiles is not None:
        return _ranges(name, cells, reading, quantiles)
    _refuse_a_quantity(name, known, reading)
    column, codes = read_column(name, cells, "categorical", reading)
    labels: IntArray = np.where(np.isnan(codes), UNLABELLED, codes).astype(np.int64)
    notes = []
    by_case: dict[str, list[str]] = {}
    for category in column.categories:
        by_case.setdefault(category.casefold(), []).append(category)
    for names in by_case.values():
        if len(names) > 1:
            notes.append(f"the classes {', '.join(map(repr, names))} differ in upper and lower case only")
    return column.categories, labels, tuple(notes)


def _refuse_a_quantity(name: str, known: list[object], reading: Reading) -> None:
    different = set(map(str, known))
    try:
        for cell in known:
            number(cell, reading.decimal)
    except ValueError:
        return
    whole = all(
        is_whole(cell, reading.decimal) or number(cell, reading.decimal).is_integer() for cell in known
    )
    if len(different) > (max(MOST_WHOLE, len(known) // FEW) if whole else MOST_FLOATS):
        raise DataError(
            f"the label {name!r} has {len(different)} different numbers in {len(known)} rows: a "
            "quantity, not a class. Set `quantiles: 4` to make four classes of equal size, or, to predict "
            f"the number, `label: null` and `targets: [{name}]` with a task for numbers "
            "(genaug plugins list --kind task)"
        )


def _ranges(
    name: str, cells: pa.ChunkedArray, reading: Reading, quantiles: int
) -> tuple[tuple[str, ...], IntArray, tuple[str, ...]]:
    _, values = read_column(name, cells, "numeric", reading)
    known = ~np.isnan(values)
    edges = np.unique(np.quantile(values[known], np.arange(1, quantiles) / quantiles))
    edges = edges[edges < values[known].max()]
    if not len(edges):
        raise DataError(
            f"the label {name!r} has one value in most rows: it cannot be cut into {quantiles} ranges"
        )
    shown = [f"{edge:.6g}" for edge in edges]
    names = (
        f"up to {shown[0]}",
        *(f"{low} to {high}" for low, high in pairwise(shown)),
        f"above {shown[-1]}",
    )
    if len(set(names)) < len(names):
        raise DataError(
            f"the label {name!r} varies in too few digits to be cut into ranges: set fewer `quantiles`"
        )
    labels = np.where(known, np.searchsorted(edges, values, side="left"), UNLABELLED).astype(np.int64)
    notes = [f"classes are {len(names)} ranges of {name!r}: {', '.join(names)}"]
    if len(names) < quantiles:
        notes.append(f"{quantiles} ranges were asked for, but many rows have equal values of {name!r}")
    return names, labels, tuple(notes)
