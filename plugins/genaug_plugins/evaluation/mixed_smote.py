"""SMOTE for rows with columns of different types: numbers, categories, missing values."""

import numpy as np
from numpy.typing import NDArray

from genaug.data import SampleSpec
from genaug.data.table_encoder import TableEncoder

Table = NDArray[np.float64]


def mixed_smote(
    rows: Table, count: int, spec: SampleSpec, neighbours: int, rng: np.random.Generator
) -> Table:
    """Interpolate between rows of one class and their nearest neighbours (SMOTE-NC).

    Distances are those of the encoded columns (see `TableEncoder`). Numbers are interpolated at a random
    place between a row and one of its neighbours, whole numbers rounded; if either is missing, the row's own
    value is used. Categories and booleans get the most frequent value of the neighbours, or the row's own
    value if it is as frequent. Chawla et al. 2002, "SMOTE", section 6.1.

    Args:
        rows: float64 ``[N, D]`` of one class, two or more.
        count: number of rows to generate.
        spec: of the table.
        neighbours: maximum number of nearest rows to use.
        rng: chooses rows, neighbours and places.
    """
    encoded = TableEncoder(spec.columns, rows)(rows)
    squares = ((encoded[:, None] - encoded[None]) ** 2).sum(axis=2)
    np.fill_diagonal(squares, np.inf)
    near = np.argsort(squares, axis=1, kind="stable")[:, : min(neighbours, len(rows) - 1)]  # [N, k]
    base = rng.integers(len(rows), size=count)
    other = near[base, rng.integers(near.shape[1], size=count)]
    place = rng.random((count, 1))
    between = rows[base] + place * (rows[other] - rows[base])
    made = np.where(np.isnan(between), rows[base], between)
    for number, column in enumerate(spec.columns):
        if column.type == "integer":
            made[:, number] = np.rint(made[:, number])
        elif column.type in ("categorical", "boolean"):
            cells = rows[:, number]
            made[:, number] = [_most_frequent(cells[near[row]], cells[row]) for row in base]
    return made


def _most_frequent(cells: Table, own: float) -> float:
    known, counts = np.unique(cells[~np.isnan(cells)], return_counts=True)
    if not len(known) or (counts == counts.max()).sum() > 1:
        return own
    return float(known[counts.argmax()])
