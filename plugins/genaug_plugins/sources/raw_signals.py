"""Signals as a file contains them: of any lengths, with the names of their classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class RawSignals:
    """N signals of a file.

    Attributes:
        signals: ``[C, T]`` float64 each, NaN where a value is missing.
        names: of the signals, for messages and origins.
        channels: names of the channels.
        labels: names of their classes, empty where unknown; None: there are no classes.
        groups: names of their groups; None: there are none.
        views: the view that each is assigned to; None: there are none.
        times: when each was taken; None: not known.
        notes: what was found out about the file, one sentence each.
        form: facts that an exporter needs to write the same kind of file.
    """

    signals: list[NDArray[np.float64]]
    names: list[str]
    channels: tuple[str, ...]
    labels: list[str] | None
    groups: NDArray[np.str_] | None = None
    views: NDArray[np.str_] | None = None
    times: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()
    form: Mapping[str, str] = field(default_factory=dict)

    def then(self, other: RawSignals) -> RawSignals:
        """Return these signals as training, followed by those of a test file."""
        labels = None if self.labels is None or other.labels is None else [*self.labels, *other.labels]
        both = [(self.groups, other.groups), (self.times, other.times)]
        groups, times = (None if a is None or b is None else np.concatenate([a, b]) for a, b in both)
        views = np.array(["train"] * len(self.signals) + ["test"] * len(other.signals))
        return RawSignals(
            [*self.signals, *other.signals],
            [*self.names, *other.names],
            self.channels,
            labels,
            groups,
            views,
            times,
            (*self.notes, *other.notes),
            self.form,
        )
