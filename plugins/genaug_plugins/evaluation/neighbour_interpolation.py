"""SMOTE around given samples: numbers, categories, missing values."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from genaug.data import SampleSpec
from genaug.data.samples import IntArray
from genaug.data.table_encoder import TableEncoder

Rows = NDArray[np.float64]


def between_neighbours(
    bases: Rows, rows: Rows, neighbours: int, encode: Callable[[Rows], Rows], rng: np.random.Generator
) -> tuple[Rows, IntArray]:
    """Return a point between each base and a random one of its nearest rows.

    Chawla et al. 2002, "SMOTE": x = b + u·(r − b), u uniform in [0, 1). A value that is missing in the base
    or in the row is that of the base.

    Args:
        bases: ``[n, D]``. A row that equals a base is not its neighbour, once.
        rows: ``[N, D]``, two or more.
        neighbours: maximum number of nearest rows.
        encode: returns what distances are taken of, ``[·, E]``.
        rng: chooses rows and places.

    Returns:
        points ``[n, D]``; the nearest rows of each base, ``[n, k]``.
    """
    from scipy.spatial.distance import cdist

    squares = cdist(encode(bases), encode(rows), "sqeuclidean")
    nearest = squares.argmin(axis=1)
    itself = squares[np.arange(len(bases)), nearest] == 0
    squares[np.flatnonzero(itself), nearest[itself]] = np.inf
    near = np.argsort(squares, axis=1, kind="stable")[:, : min(neighbours, len(rows) - 1)]
    other = near[np.arange(len(bases)), rng.integers(near.shape[1], size=len(bases))]
    place = rng.random((len(bases), 1))
    between = bases + place * (rows[other] - bases)
    return np.where(np.isnan(between), bases, between), near


def mixed_smote(bases: Rows, rows: Rows, spec: SampleSpec, neighbours: int, rng: np.random.Generator) -> Rows:
    """Interpolate between rows of a table and their nearest neighbours of one class (SMOTE-NC).

    Distances are those of the encoded columns (see `TableEncoder`). Numbers are interpolated, whole numbers
    rounded. Categories and booleans get the most frequent value of the neighbours, or the base's own
    value if none is more frequent than the others. Chawla et al. 2002, "SMOTE", section 6.1.

    Args:
        bases: float64 ``[n, D]``.
        rows: float64 ``[N, D]`` of one class, two or more.
        spec: of the table.
        neighbours: maximum number of nearest rows to use.
        rng: chooses neighbours and places.
    """
    made, near = between_neighbours(bases, rows, neighbours, TableEncoder(spec.columns, rows), rng)
    for number, column in enumerate(spec.columns):
        if column.type == "integer":
            made[:, number] = np.rint(made[:, number])
        elif column.type in ("categorical", "boolean"):
            cells = rows[:, number]
            made[:, number] = [
                _most_frequent(cells[own], base) for own, base in zip(near, bases[:, number], strict=True)
            ]
    return made


def _most_frequent(cells: Rows, own: float) -> float:
    known, counts = np.unique(cells[~np.isnan(cells)], return_counts=True)
    if not len(known) or (counts == counts.max()).sum() > 1:
        return own
    return float(known[counts.argmax()])
