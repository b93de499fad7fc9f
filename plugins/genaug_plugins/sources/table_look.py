"""A look at a file of cells: what its columns seem to be, for the recognition of its kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from genaug.errors import DataError, MissingRequirement
from genaug_plugins.sources.cells import kind_of, read_cells
from genaug_plugins.sources.column_types import MISSING
from genaug_plugins.sources.date_cells import date_pattern
from genaug_plugins.sources.id_columns import FEWEST, identifies
from genaug_plugins.sources.number_cells import Decimal, has_decimal_commas, is_whole, number
from genaug_plugins.sources.view_cells import WORDS

ROWS = 2000
"""Number of rows that are looked at."""
LABELS = (
    *("label", "labels", "class", "classes", "target", "y", "category", "outcome", "diagnosis", "species"),
    *("churn", "sick", "disease", "status", "klasse", "type", "default", "fraud", "survived"),
)
"""Names of label columns, the likeliest first, in any case."""
GROUPS = (
    "group",
    "groups",
    "subject",
    "subject_id",
    "patient",
    "patient_id",
    "user",
    "user_id",
    "person",
    "speaker",
)
SPLITS = ("split", "set", "subset", "partition", "fold", "usage")
MOST_CLASSES = 30
"""Most different values of a label."""
LONG = 4
"""Mean number of words from which a column is one of texts."""


@dataclass(frozen=True)
class LookedColumn:
    """What a column seems to be, by its first rows.

    Attributes:
        name: of the column.
        kind: `empty`, `number`, `whole`, `date`, `word` (few different texts) or `text` (many).
        different: number of different values.
        present: number of values.
        words: mean number of words of a value.
        identifies: whether it tells rows apart and nothing else; see `id_columns`.
    """

    name: str
    kind: str
    different: int
    present: int
    words: float
    identifies: bool

    @property
    def unique(self) -> bool:
        """Return whether each row has another value."""
        return self.present >= FEWEST and self.different == self.present


@dataclass(frozen=True)
class Look:
    """What a file of cells seems to contain.

    Attributes:
        rows: number of rows.
        columns: in the order of the file.
        label: the likeliest column of the class; None: there is none.
        copies: columns whose values stand for those of the label, one for one.
        groups: a column of groups.
        split: a column of views.
        settings: encoding where it is not UTF-8.
        notes: what was assumed.
    """

    rows: int
    columns: tuple[LookedColumn, ...]
    label: str | None
    copies: tuple[str, ...]
    groups: str | None
    split: str | None
    settings: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

    def column(self, name: str) -> LookedColumn:
        """Return a column by its name."""
        return next(column for column in self.columns if column.name == name)


def look_at(path: Path) -> Look | None:
    """Return what a file of cells seems to contain; None where it is no such file, or cannot be read as one.

    Raises:
        DataError: for a file of cells that is broken.
    """
    if not path.is_file() or not kind_of(path):
        return None
    stat = path.stat()
    return _look(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _look(path: Path, _changed: int, _size: int) -> Look | None:
    settings: tuple[tuple[str, str], ...] = ()
    try:
        cells = read_cells(path)
    except MissingRequirement as error:
        raise DataError(str(error)) from error
    except DataError as error:
        if "UTF-8" not in str(error) or kind_of(path) not in (".csv", ".tsv"):
            raise
        cells, settings = read_cells(path, encoding="cp1252"), (("encoding", "cp1252"),)
    table = cells.table.slice(0, ROWS)
    known = {name: [_known(cell) for cell in table[name].to_pylist()] for name in table.column_names}
    present = {name: [cell for cell in column if cell is not None] for name, column in known.items()}
    decimal: Decimal = "," if any(map(has_decimal_commas, present.values())) else "."
    columns = tuple(_column(name, column, decimal) for name, column in present.items())
    split = next((c.name for c in columns if c.name.lower() in SPLITS and _views(present[c.name])), None)
    label = _label([c for c in columns if c.name != split])
    named = [c for c in columns if c.name.lower() in GROUPS and c.name != label]
    groups = next(
        (c.name for c in named if 1 < c.different < c.present and c.present == table.num_rows), None
    )
    notes = [*cells.notes]
    if settings:
        notes.append(f"{path.name} is not UTF-8 text; it is read as cp1252 (Windows, Western Europe)")
    copies = tuple(
        name
        for name in known
        if label is not None and name not in (label, groups, split) and _stands_for(known[name], known[label])
    )
    return Look(cells.table.num_rows, columns, label, copies, groups, split, settings, tuple(notes))


def _stands_for(cells: list[Any], labels: list[Any]) -> bool:
    """Return whether each value of a column stands for one class, and each class for one value."""
    pairs = [(str(a), str(b)) for a, b in zip(cells, labels, strict=True) if a is not None and b is not None]
    ours, theirs = ({pair[side] for pair in pairs} for side in (0, 1))
    if len(pairs) < FEWEST or len(theirs) < 2 or not len(ours) == len(theirs) == len(set(pairs)):
        return False
    return [cell is None for cell in cells] == [label is None for label in labels]


def _known(cell: Any) -> Any:
    if isinstance(cell, str):
        cell = cell.strip()
        return None if cell in MISSING else cell
    return None if cell is None or cell != cell else cell


def _views(cells: list[Any]) -> bool:
    every = {word for words in WORDS.values() for word in words}
    return bool(cells) and {str(cell).lower() for cell in cells} <= every


def _column(name: str, cells: list[Any], decimal: Decimal) -> LookedColumn:
    different = len(set(map(str, cells)))
    words = sum(len(str(cell).split()) for cell in cells) / max(1, len(cells))
    if not cells:
        kind = "empty"
    elif all(is_whole(cell, decimal) for cell in cells):
        kind = "whole"
    elif _all(lambda cell: number(cell, decimal), cells):
        kind = "number"
    elif date_pattern(cells) is not None:
        kind = "date"
    else:
        kind = "text" if different > 100 or (words >= LONG and different > len(cells) / 2) else "word"
    whole = None
    if kind == "whole":
        whole = np.array([_or_nan(cell, decimal) for cell in cells])
    identity = kind in ("word", "text", "whole") and identifies(name, different, len(cells), whole)
    return LookedColumn(name, kind, different, len(cells), words, identity)


def _or_nan(cell: Any, decimal: Decimal) -> float:
    try:
        return number(cell, decimal)
    except ValueError:  # beyond 2^53
        return float("nan")


def _all(convert: Callable[[Any], float], cells: list[Any]) -> bool:
    try:
        for cell in cells:
            convert(cell)
    except ValueError:
        return False
    return True


def _label(columns: list[LookedColumn]) -> str | None:
    """Return the likeliest column of the class: by its name, else the last, else the first.

    A column with the name of a label that has one value, or none, is taken where no other has such a name: no
    other column replaces it silently.
    """
    possible = [c for c in columns if 2 <= c.different <= MOST_CLASSES and c.kind in ("whole", "word")]
    possible = [
        c
        for c in possible
        if c.different <= max(2, c.present / 2) and c.name.lower() not in (*GROUPS, *SPLITS)
    ]
    for name in LABELS:
        for column in possible:
            if column.name.lower() == name:
                return column.name
    for column in possible:
        if _last_word(column.name) in LABELS[:8]:
            return column.name
    for name in LABELS:
        for column in columns:
            if column.different < 2 and name in (column.name.lower(), _last_word(column.name)):
                return column.name
    words = [c for c in possible if c.kind == "word" or c.different == 2]
    for candidates in (words, possible):
        if columns and columns[-1] in candidates:
            return columns[-1].name
    return words[0].name if words else None


def _last_word(name: str) -> str:
    return re.split(r"[^a-z]+", name.lower())[-1]
