"""Columns of a table that should perhaps not be features: ids, constants, and columns that tell the class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genaug.data import Column
from genaug.data.samples import IntArray
from genaug.data.summary import count
from genaug_plugins.sources.id_columns import FEWEST, identifies

MOST_ROWS, MOST_COLUMNS = 5_000, 500
"""Most rows and columns that are searched for columns which tell the class."""
TELLING = 0.99
"""Balanced accuracy of a single column from which it is said to tell the class."""


def column_findings(
    columns: Sequence[Column], values: NDArray[np.float64], labels: IntArray, class_names: Sequence[str]
) -> list[str]:
    """Return what to look at, a sentence for each kind of column.

    Args:
        columns: of the table.
        values: ``[N, D]``, NaN where missing.
        labels: ``[N]``, -1 where there is none.
        class_names: of the classes.
    """
    notes = []
    constant = [c.name for c, cells in zip(columns, values.T, strict=True) if _constant(cells)]
    if constant:
        notes.append(
            f"one value only in {count(len(constant), 'column')}: {_listed(constant)}; set `ignore: "
            f"[{_ignore(constant)}]`"
        )
    ids = [c.name for c, cells in zip(columns, values.T, strict=True) if _is_id(c, cells)]
    if ids:
        notes.append(
            f"{_listed(ids)} {'has' if len(ids) == 1 else 'have'} another value in each row, like an id: it "
            f"tells nothing about new rows; set `ignore: [{_ignore(ids)}]`"
        )
    known = np.flatnonzero(labels >= 0)
    if len(class_names) < 2 or len(known) < FEWEST:
        return notes
    known = known[:: -(-len(known) // MOST_ROWS)]
    for column, cells in list(zip(columns, values[known].T, strict=True))[:MOST_COLUMNS]:
        if column.name in constant or column.name in ids:
            continue
        score = _told(column, cells, labels[known])
        if score >= TELLING:
            notes.append(
                f"possible leak: the column {column.name!r} alone tells the class (balanced accuracy "
                f"{score:.3f}). If it is known only after the class, set `ignore: [{_ignore([column.name])}]`"
            )
    return notes


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:5]))
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def _ignore(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")


def _constant(cells: NDArray[np.float64]) -> bool:
    known = cells[~np.isnan(cells)]
    return len(known) == len(cells) and bool((known == known[0]).all())


def _is_id(column: Column, cells: NDArray[np.float64]) -> bool:
    """Return whether a column identifies rows, or its whole numbers rise from row to row."""
    known = cells[~np.isnan(cells)]
    if column.type not in ("categorical", "integer") or column.dates is not None:
        return False
    whole = known if column.type == "integer" else None
    if identifies(column.name, len(np.unique(known)), len(known), whole):
        return True
    return whole is not None and len(known) == len(cells) >= FEWEST and bool((np.diff(whole) > 0).all())


def _told(column: Column, cells: NDArray[np.float64], labels: IntArray) -> float:
    """Return the balanced accuracy of the classes that a column alone predicts on its own rows."""
    if column.type in ("categorical", "boolean"):
        # The most frequent class among the *other* rows of the same category.
        codes = np.unique(np.where(np.isnan(cells), -1, cells), return_inverse=True)[1]
        counts = np.zeros((codes.max() + 1, labels.max() + 1))
        np.add.at(counts, (codes, labels), 1)
        others = counts[codes]
        others[np.arange(len(codes)), labels] -= 1
        predicted = np.where(others.sum(axis=1) > 0, others.argmax(axis=1), -1)
    else:
        from sklearn.tree import DecisionTreeClassifier

        classes = len(np.unique(labels))
        tree = DecisionTreeClassifier(
            max_leaf_nodes=classes + 1, min_samples_leaf=max(2, len(cells) // 200), class_weight="balanced"
        )
        column_cells = np.ldexp(cells, -int(np.frexp(np.nanmax(np.abs(cells)))[1]))[:, None]  # float32 inside
        predicted = tree.fit(column_cells, labels).predict(column_cells)
    return float(np.mean([(predicted[labels == label] == label).mean() for label in np.unique(labels)]))
