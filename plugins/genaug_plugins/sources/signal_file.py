"""Signals in a file: a table of values (wide or long), a .ts file, or arrays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from genaug import Recognition, Source
from genaug.data import Dataset
from genaug.errors import DataError
from genaug_plugins.sources.cells import SUFFIXES, read_cells
from genaug_plugins.sources.class_folders import count
from genaug_plugins.sources.column_types import MISSING, Reading
from genaug_plugins.sources.files import existing_file, file_sha256
from genaug_plugins.sources.number_cells import Decimal
from genaug_plugins.sources.raw_signals import RawSignals
from genaug_plugins.sources.recognize_table import as_signals
from genaug_plugins.sources.signal_arrays import read_signal_arrays
from genaug_plugins.sources.signal_dataset import signal_dataset
from genaug_plugins.sources.signal_lengths import Unequal
from genaug_plugins.sources.signal_tables import Layout, SignalColumns, read_signal_table
from genaug_plugins.sources.ts_file import read_ts

SIGNAL_FILE = f"a .ts, .npz, {', '.join(SUFFIXES)} file"
"""The wanted kind of file, for errors."""


class SignalFileSource(Source):
    """Read signals of one or several channels: time series, spectra, sensor recordings.

    A table is *wide* (each row is a signal: its columns are the values in order) or *long* (each row is the
    value of each channel at one time: columns of an id, the time and the channels). A .ts file is that of the
    UCR/UEA archive. An .npz file has an array ``values`` ``[N, T]`` or ``[N, C, T]`` and one of labels.
    Signals of unequal lengths are refused unless `unequal` says what to do. Values are float32.
    """

    name: ClassVar[str] = "signal-file"

    path: Path
    """The file: .csv, .tsv, .jsonl, .parquet, .xlsx, .ts or .npz."""
    test: Path | None = None
    """A second file of the same kind, the fixed test set; null: genaug splits all signals."""
    label: str | None = "label"
    """Column (or array) of the class; null: there is none."""
    layout: Layout = "auto"
    """`wide`, `long`, or `auto`: long where a column of ids is found."""
    id: str | None = None
    """Long: column that tells which signal a row belongs to; null: one called id, series, case, …"""
    step: str | None = None
    """Long: column of the order within a signal; null: one called time, t, step, …, else the rows."""
    channels: tuple[str, ...] = ()
    """Columns of values, in order; none: all that are not named otherwise."""
    groups: str | None = None
    """Column (or array) of the groups (a subject, a machine), which are never split."""
    split: str | None = None
    """Column that assigns signals to views: train, validation or test."""
    time: str | None = None
    """Column of when a signal was taken: views are then cut by time."""
    ignore: tuple[str, ...] = ()
    """Columns that are left out."""
    length: int | None = Field(default=None, ge=2)
    """Number of values of each signal; null: by `unequal`."""
    unequal: Unequal = "error"
    """Other lengths: `error`; `cut` to the first values; `pad` with the last value; `resample`."""
    missing: Literal["error", "interpolate"] = "error"
    """Missing values: `error`, or `interpolate` from their neighbours in time."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """Separator of the cells of a CSV file; null: found out."""
    decimal: Decimal = "."
    """Decimal sign of a CSV file."""
    encoding: str | None = None
    """Encoding of a CSV file; null: UTF-8."""

    def load(self) -> Dataset:
        """Read all signals, in the order of the file.

        Raises:
            DataError: naming the signal or line that cannot be used, and what to set.
        """
        raw = self._read(self.path)
        if self.test is not None:
            raw = raw.then(self._read(self.test))
        details = {
            "origin": self.path.name,
            "label": self.label or "class",
            "channels": json.dumps(raw.channels),
            "form": json.dumps({"suffix": self.path.suffix.lower(), **raw.form}),
        }
        if raw.views is not None:
            details["views"] = f"the column {self.split!r}" if self.test is None else "the setting `test`"
        if raw.times is not None:
            details["times"] = f"the column {self.time!r}"
        return signal_dataset(
            raw, details, length=self.length, unequal=self.unequal, interpolate=self.missing == "interpolate"
        )

    def known_modality(self) -> str:
        """Return `signal`."""
        return "signal"

    def state(self) -> str:
        """Return the SHA-256 of the file, and of the test file.

        Raises:
            DataError: where one is missing.
        """
        files = [path for path in (self.path, self.test) if path is not None]
        return " ".join(file_sha256(existing_file(path, SIGNAL_FILE)) for path in files)

    @classmethod
    def recognize(cls, path: Path) -> Recognition | None:
        """Recognize .ts files, arrays of signals, and tables of numbered columns or of ids with times."""
        suffix = path.suffix.lower()
        if not path.is_file() or suffix not in (".ts", ".npz"):
            return as_signals(path)
        settings: dict[str, Any] = {"path": str(path)}
        if suffix == ".npz":
            try:
                raw = read_signal_arrays(path, "labels", None)
            except DataError:  # arrays of another kind, for another source
                return None
            if len({signal.shape for signal in raw.signals}) == 1:
                return None  # `arrays` reads them, too, and more kinds of samples
            settings |= {"label": raw.form["label"], "unequal": "pad"}
            found = f"{len(raw.signals):,} signals that end with missing values, so of unequal lengths"
            return Recognition(settings=settings, confidence=0.7, found=found)
        raw = read_ts(path)
        notes = []
        test = path.with_name(path.name.replace("_TRAIN", "_TEST"))
        if test != path and test.is_file():
            settings["test"] = str(test)
            notes.append(f"{test.name} beside it is the test set (`test`)")
        lengths = {signal.shape[1] for signal in raw.signals}
        if len(lengths) > 1:
            settings["unequal"] = "resample"
            notes.append(
                f"signals have {min(lengths)} to {max(lengths)} values: they are resampled (`unequal`)"
            )
        if any(np.isnan(signal).any() for signal in raw.signals):
            settings["missing"] = "interpolate"
            notes.append("missing values are interpolated (`missing`)")
        classes = len(set(raw.labels or ()))
        found = f"{len(raw.signals):,} signals of {count(raw.channels, 'channel')} in {classes} classes (.ts)"
        return Recognition(settings=settings, confidence=0.95, found=found, notes=tuple(notes))

    def _read(self, path: Path) -> RawSignals:
        path = existing_file(path, SIGNAL_FILE)
        suffix = path.suffix.lower()
        if suffix == ".ts":
            return read_ts(path)
        if suffix == ".npz":
            return read_signal_arrays(path, self.label, self.groups)
        cells = read_cells(path, self.delimiter, self.encoding)
        columns = SignalColumns(
            self.label, self.id, self.step, self.channels, self.groups, self.split, self.time, self.ignore
        )
        reading = Reading(frozenset(MISSING), np.iinfo(np.int64).max, cells.where, self.decimal)
        return read_signal_table(cells, columns, self.layout, reading)
