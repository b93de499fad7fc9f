"""Signals of different lengths, made equal as set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from genaug.errors import DataError

Doubles = NDArray[np.float64]
Unequal = Literal["error", "cut", "pad", "resample"]


def equal_lengths(
    signals: Sequence[Doubles], names: Sequence[str], length: int | None, unequal: Unequal
) -> tuple[Doubles, tuple[str, ...]]:
    """Return signals of one length ``[N, C, T]``, and notes of what was done.

    Args:
        signals: ``[C, T]`` each, T of 1 or more.
        names: of the signals, for messages.
        length: T; None: the shortest (cut), the longest (pad) or the median (resample).
        unequal: `error`: refuse other lengths; `cut`: keep the first T values; `pad`: repeat the last value;
            `resample`: interpolate linearly at T places from the first value to the last.

    Raises:
        DataError: where lengths differ from T and nothing is set for them, naming two signals.
    """
    lengths = np.array([signal.shape[1] for signal in signals])
    shortest, longest = int(lengths.argmin()), int(lengths.argmax())
    low, high = int(lengths[shortest]), int(lengths[longest])
    found = (
        f"signals have {low} values ({names[shortest]}) to {high} values ({names[longest]})"
        if low < high
        else f"signals have {low} values"
    )
    if low == high and length in (None, low):
        return np.stack(signals), ()
    wanted = length or {"cut": low, "pad": high, "resample": int(np.median(lengths))}.get(unequal, high)
    if unequal == "error":
        raise DataError(
            f"{found}, not all {wanted}: set `unequal: cut` (keep the first values), `pad` (repeat the last) "
            "or `resample` (interpolate), and `length` for a length of your choice"
        )
    if unequal == "cut" and low < wanted:
        raise DataError(
            f"{found}: cutting cannot make {wanted} of them; set `length: {low}` or less, or `unequal: pad`"
        )
    if unequal == "pad" and high > wanted:
        raise DataError(
            f"{found}: padding cannot make {wanted} of them; set `length: {high}` or more, or `unequal: cut`"
        )
    made = np.stack([_changed(signal, wanted, unequal) for signal in signals])
    done = {"cut": "cut", "pad": "padded with their last value", "resample": "resampled"}[unequal]
    return made, (f"{found}; {int((lengths != wanted).sum())} of {len(signals)} were {done} to {wanted}",)


def filled(signal: Doubles, name: str, interpolate: bool) -> Doubles:
    """Return a signal ``[C, T]`` without missing values (NaN).

    Args:
        signal: the values.
        name: of the signal, for messages.
        interpolate: fill by linear interpolation in time; at the ends with the nearest value.

    Raises:
        DataError: where values are missing and are not to be filled, or a channel has none.
    """
    missing = np.isnan(signal)
    if not missing.any():
        return signal
    channel, place = (int(index[0]) for index in np.nonzero(missing))
    if not interpolate:
        raise DataError(
            f"{name} has {int(missing.sum())} missing values, the first at place {place} of channel {channel}"
            ": set `missing: interpolate` to fill them from their neighbours, or remove the signal"
        )
    made = signal.copy()
    for row, gone in zip(made, missing, strict=True):
        if gone.all():
            raise DataError(f"{name} has no value in channel {channel}: remove the signal or the channel")
        row[gone] = np.interp(np.flatnonzero(gone), np.flatnonzero(~gone), row[~gone])
    return made


def _changed(signal: Doubles, length: int, how: Unequal) -> Doubles:
    have = signal.shape[1]
    if have == length:
        return signal
    if how == "cut":
        return signal[:, :length]
    if how == "pad":
        return np.pad(signal, ((0, 0), (0, length - have)), mode="edge")
    places = np.linspace(0, have - 1, length)
    return np.stack([np.interp(places, np.arange(have), channel) for channel in signal])
