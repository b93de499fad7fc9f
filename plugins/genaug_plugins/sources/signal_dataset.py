"""The data set of signals: equal lengths, no missing values, float32."""

from __future__ import annotations

import numpy as np

from genaug.data import Dataset, Samples, SampleSpec
from genaug.data.samples import UNLABELLED
from genaug_plugins.sources.float32_values import float32_values
from genaug_plugins.sources.raw_signals import RawSignals
from genaug_plugins.sources.signal_lengths import Unequal, equal_lengths, filled


def signal_dataset(
    raw: RawSignals,
    details: dict[str, str],
    *,
    length: int | None,
    unequal: Unequal,
    interpolate: bool,
    files: list[str] | None = None,
) -> Dataset:
    """Return the data set of some signals.

    Args:
        raw: the signals.
        details: of the spec.
        length: see `equal_lengths`.
        unequal: see `equal_lengths`.
        interpolate: whether missing values are filled.
        files: absolute path of the file of each signal.

    Raises:
        DataError: naming the signal that cannot be used, and what to set.
    """
    signals = [filled(signal, name, interpolate) for signal, name in zip(raw.signals, raw.names, strict=True)]
    values, notes = equal_lengths(signals, raw.names, length, unequal)
    cast, merged = float32_values(values, details["origin"])
    labels = raw.labels if raw.labels is not None else ["all"] * len(signals)
    classes = sorted(set(labels) - {""}, key=_natural)
    place = {name: number for number, name in enumerate(classes)} | {"": UNLABELLED}
    spec = SampleSpec(modality="signal", shape=cast.shape[1:], class_names=tuple(classes), details=details)
    return Dataset(
        spec,
        Samples(np.ascontiguousarray(cast), np.array([place[label] for label in labels], dtype=np.int64)),
        raw.groups,
        np.array(raw.names),
        (*raw.notes, *notes, *merged),
        views=raw.views,
        times=raw.times,
        files=None if files is None else np.array(files),
    )


def _natural(text: str) -> tuple[bool, float, str]:
    """Sort numbers by value, before texts."""
    try:
        value = float(text)
    except ValueError:
        return True, 0.0, text
    return not np.isfinite(value), value if np.isfinite(value) else 0.0, text
