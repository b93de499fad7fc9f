"""Signals in a .ts file, the form of the UCR/UEA archive of time series classification."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genaug.errors import DataError
from genaug_plugins.sources.raw_signals import RawSignals


def read_ts(path: Path) -> RawSignals:
    """Read a .ts file: channels of any equal or unequal lengths; `?` or NaN is a missing value.

    Raises:
        DataError: naming the line that cannot be read.
    """
    header, rows = _parts(path)
    if header.get("timestamps", "false").lower() == "true":
        raise DataError(f"{path.name} has @timeStamps true: signals with a time for each value are not read")
    if header.get("targetlabel", "false").lower() == "true":
        raise DataError(
            f"{path.name} has @targetLabel true, a number for each signal: classes are needed (@classLabel)"
        )
    if not rows:
        raise DataError(f"{path.name} has no signal after @data")
    labelled = header.get("classlabel", "true").lower().split()[:1] == ["true"]
    signals, labels, names = [], [], []
    for number, line in rows:
        where = f"line {number} of {path.name}"
        parts = line.split(":")
        if labelled:
            *parts, label = parts
            labels.append("" if label.strip() in ("?", "") else label.strip())
        if not parts:
            raise DataError(f"{where} has a class and no values: expected values:…:class")
        channels = [_values(part, where) for part in parts]
        signals.append(_stacked(channels))
        names.append(where)
    counts = {len(signal) for signal in signals}
    if len(counts) > 1:
        first = next(n for n, signal in zip(names, signals, strict=True) if len(signal) != len(signals[0]))
        raise DataError(
            f"the signals of {path.name} have {min(counts)} to {max(counts)} channels ({first}): all need "
            "the same number"
        )
    channels_named = tuple(f"channel {number}" for number in range(len(signals[0])))
    known = labels if labelled else None
    form = {"suffix": ".ts", "problem": header.get("problemname", path.stem)}
    return RawSignals(signals, names, channels_named, known, form=form)


def _parts(path: Path) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """Return the header by lower-case name, and the lines of data with their numbers."""
    header: dict[str, str] = {}
    rows: list[tuple[int, str]] = []
    started = False
    try:
        with path.open(encoding="utf-8-sig", errors="strict") as file:
            for number, raw in enumerate(file, start=1):
                line = raw.strip()
                if not line or line.startswith(("#", "%")):
                    continue
                if started:
                    rows.append((number, line))
                elif line.lower() == "@data":
                    started = True
                elif line.startswith("@"):
                    name, _, value = line[1:].partition(" ")
                    header[name.lower()] = value.strip()
                else:
                    raise DataError(f"line {number} of {path.name} stands before @data: {line[:40]!r}")
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is not UTF-8 text: {error}. Save it as UTF-8") from error
    if not started:
        raise DataError(f"{path.name} has no line @data: it is not a .ts file")
    return header, rows


def _values(text: str, where: str) -> NDArray[np.float64]:
    if "(" in text:
        raise DataError(f"{where} has a time for each value, (time, value): such files are not read")
    cells = [cell.strip() for cell in text.split(",")]
    try:
        return np.array([np.nan if cell in ("?", "NaN", "nan", "") else float(cell) for cell in cells])
    except ValueError as error:
        raise DataError(f"{where}: {error}") from error


def _stacked(channels: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return channels as ``[C, T]``; a shorter channel ends with missing values."""
    length = max(map(len, channels))
    made = np.full((len(channels), length), np.nan)
    for row, channel in zip(made, channels, strict=True):
        row[: len(channel)] = channel
    return made
