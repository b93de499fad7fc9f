"""Signals in a table: one row a signal (wide), or one row a value of each channel (long)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from genaug.data.summary import count
from genaug.errors import DataError
from genaug_plugins.sources.cells import Cells
from genaug_plugins.sources.column_types import Reading
from genaug_plugins.sources.number_columns import number_column, text_column
from genaug_plugins.sources.raw_signals import RawSignals
from genaug_plugins.sources.view_cells import view_cells

Layout = Literal["auto", "wide", "long"]

ID_NAMES = ("id", "signal", "series", "series_id", "unique_id", "case", "case_id", "recording", "sample")
STEP_NAMES = ("time", "t", "step", "index", "timestamp", "tick")
"""Names of columns that are recognized where the setting is null, in any case."""


@dataclass(frozen=True)
class SignalColumns:
    """Names of the columns of a table of signals; None: there is none, or it is found by its name."""

    label: str | None
    id: str | None
    step: str | None
    channels: tuple[str, ...]
    groups: str | None
    split: str | None
    time: str | None
    ignore: tuple[str, ...]

    def facts(self) -> list[str]:
        """Return the columns that describe a signal as a whole."""
        return [name for name in (self.label, self.groups, self.split, self.time) if name is not None]


def id_column(cells: Cells, columns: SignalColumns) -> str | None:
    """Return the column of the signals' ids: as set, else one of a known name whose values repeat."""
    if columns.id is not None:
        return columns.id
    for name in cells.table.column_names:
        if name.lower() in ID_NAMES and name not in (*columns.facts(), *columns.ignore):
            values = cells.table[name]
            if len(values.unique()) < len(values):
                return str(name)
    return None


def read_signal_table(cells: Cells, columns: SignalColumns, layout: Layout, reading: Reading) -> RawSignals:
    """Read the signals of a table.

    Raises:
        DataError: naming the column and line that cannot be used.
    """
    cells.need([*columns.facts(), *columns.channels, *columns.ignore])
    identity = id_column(cells, columns) if layout != "wide" else None
    if layout == "long" and identity is None:
        raise DataError(
            f"{cells.path.name} has no column that tells which signal a row belongs to: set `id`, or "
            "`layout: wide` where each row is a signal; its columns are "
            f"{', '.join(cells.table.column_names[:20])}"
        )
    if identity is None:
        return _wide(cells, columns, reading)
    cells.need([identity])
    return _long(cells, columns, identity, reading)


def _wide(cells: Cells, columns: SignalColumns, reading: Reading) -> RawSignals:
    others = {*columns.facts(), *columns.ignore}
    if columns.id is not None:
        others.add(columns.id)
    steps = list(columns.channels) or [name for name in cells.table.column_names if name not in others]
    if len(steps) < 2:
        raise DataError(
            f"{cells.path.name} has {count(len(steps), 'column')} of values: a signal has at least two"
        )
    table = np.stack([number_column(name, cells.table[name], reading) for name in steps], axis=1)
    signals = [_without_end(row[None]) for row in table]
    names = [f"{cells.path.name}[{row}]" for row in range(len(table))]
    rows = np.arange(len(table))
    form = {"layout": "wide", "steps": str(len(steps))}
    return _described(cells, columns, reading, signals, names, ("value",), rows, form)


def _long(cells: Cells, columns: SignalColumns, identity: str, reading: Reading) -> RawSignals:
    others = {identity, *columns.facts(), *columns.ignore}
    step = columns.step or next(
        (n for n in cells.table.column_names if n.lower() in STEP_NAMES and n not in others), None
    )
    if step is not None:
        cells.need([step])
        others.add(step)
    channels = columns.channels or tuple(n for n in cells.table.column_names if n not in others)
    if not channels:
        raise DataError(f"{cells.path.name} has no column of values beside {', '.join(sorted(others))}")
    ids = text_column(cells.table[identity])
    if "" in ids:
        raise DataError(f"the column {identity!r} of ids is empty in {cells.where(ids.index(''))}")
    table = np.stack([number_column(name, cells.table[name], reading) for name in channels])  # [C, rows]
    different, first, which = np.unique(np.array(ids), return_index=True, return_inverse=True)
    order = np.argsort(which, kind="stable")
    if step is not None:
        at = _steps(step, cells, reading)
        order = np.lexsort((at, which))
        same = (which[order][1:] == which[order][:-1]) & (at[order][1:] == at[order][:-1])
        if same.any():
            row = int(order[1:][same][0])
            raise DataError(
                f"the signal {ids[row]!r} has two values at the same {step!r} ({cells.where(row)}): each id "
                f"and {step!r} may occur once; set `step` or `id` to other columns"
            )
    pieces = np.split(order, np.flatnonzero(np.diff(which[order])) + 1)
    appearance = np.argsort(first, kind="stable")  # signals in the order of the file
    signals = [table[:, pieces[number]] for number in appearance]
    rows = first[appearance]
    _check_same(cells, columns, which, first)
    names = [f"{cells.path.name}[{different[number]}]" for number in appearance]
    form = {"layout": "long", "id": identity, "step": step or "step"}
    return _described(cells, columns, reading, signals, names, channels, rows, form)


def _steps(step: str, cells: Cells, reading: Reading) -> NDArray[np.float64]:
    from genaug_plugins.sources.column_types import read_column

    column, at = read_column(step, cells.table[step], None, reading)
    if column.type == "categorical":
        raise DataError(
            f"the column {step!r} is neither a number nor a date: set `step` to the order of values"
        )
    if np.isnan(at).any():
        raise DataError(f"the column {step!r} is empty in {cells.where(int(np.isnan(at).argmax()))}")
    return at


def _check_same(
    cells: Cells, columns: SignalColumns, which: NDArray[np.int64], first: NDArray[np.int64]
) -> None:
    """Check that a column that describes a signal has one value in all its rows."""
    for name in columns.facts():
        texts = np.array(text_column(cells.table[name]))
        wrong = np.flatnonzero(texts != texts[first][which])
        if len(wrong):
            raise DataError(
                f"the column {name!r} has several values in one signal, as in {cells.where(int(wrong[0]))}"
                ": a signal has one; set `layout: wide` where each row is a signal"
            )


def _described(
    cells: Cells,
    columns: SignalColumns,
    reading: Reading,
    signals: list[NDArray[np.float64]],
    names: list[str],
    channels: Sequence[str],
    rows: NDArray[np.int64],
    form: dict[str, str],
) -> RawSignals:
    """Return signals with what their rows say of them."""

    def texts(name: str | None) -> list[str] | None:
        if name is None:
            return None
        all_texts = text_column(cells.table[name])
        return [all_texts[row] for row in rows]

    labels = texts(columns.label)
    if labels is not None:
        labels = ["" if label in reading.missing else label for label in labels]
    groups, words = texts(columns.groups), texts(columns.split)
    if groups is not None and "" in groups:
        row = int(rows[groups.index("")])
        raise DataError(f"the column {columns.groups!r} of `groups` is empty in {cells.where(row)}")
    times = None
    if columns.time is not None:
        times = _steps(columns.time, cells, reading)[rows]
    views = None
    if words is not None and columns.split is not None:
        views = view_cells(columns.split, words, lambda row: cells.where(int(rows[row])))
    return RawSignals(
        signals,
        names,
        tuple(channels),
        labels,
        None if groups is None else np.array(groups),
        views,
        times,
        cells.notes,
        form,
    )


def _without_end(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a signal without the missing values at its end: it is shorter than others."""
    known = np.flatnonzero(~np.isnan(signal).all(axis=0))
    return signal[:, : known[-1] + 1] if len(known) else signal
