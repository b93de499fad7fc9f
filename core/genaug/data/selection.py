"""What a selector decides, and what a chain of them amounts to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import BoolArray

Reasons = NDArray[np.object_] | NDArray[np.str_]
"""Texts ``[N]``; as objects those that many rows share are held once."""


@dataclass(frozen=True, eq=False)
class Selection:
    """Hold one selector's decision on each of the N candidates it saw.

    Attributes:
        kept: bool ``[N]``.
        reasons: ``[N]`` why each was dropped, in words a person reads; "" where it was kept.
        scores: each score the selector computed, float64 ``[N]`` under its name; NaN where there is none.
        notes: what a person should know, e.g. that a class was left empty.
    """

    kept: BoolArray
    reasons: Reasons
    scores: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.kept)
        for name, column in {"reasons": self.reasons, **self.scores}.items():
            if len(column) != n:
                raise ValueError(f"{name} has {len(column)} entries for {n} candidates")
        if self.kept.dtype != np.bool_:
            raise ValueError(f"kept must be bool, not {self.kept.dtype}")
        if ((self.reasons == "") != self.kept).any():
            raise ValueError("every dropped candidate needs a reason, and no kept one has any")


@dataclass(frozen=True, eq=False)
class Funnel:
    """Hold what became of every candidate of a pool on its way through a chain.

    Attributes:
        kept: bool ``[N]``.
        dropped_by: ``[N]`` name of the step that dropped it; "" where it was kept.
        reasons: ``[N]`` why; "" where it was kept.
        scores: float64 ``[N]`` under ``step.score``; NaN for candidates that the step never saw.
        steps: the chain so far, with how many candidates each step left.
        notes: what the selectors said.
    """

    kept: BoolArray
    dropped_by: Reasons
    reasons: Reasons
    scores: Mapping[str, NDArray[np.float64]]
    steps: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, candidates: int) -> "Funnel":
        """Return the funnel in which nothing was dropped yet."""
        empty = np.full(candidates, "", dtype=np.object_)
        return cls(np.ones(candidates, dtype=np.bool_), empty, empty, {})

    def then(self, step: str, selection: Selection) -> "Funnel":
        """Return the funnel after `step` judged the candidates that were left.

        Args:
            step: name of the step, unique in the chain.
            selection: its decision on ``kept.sum()`` candidates, in their order.
        """
        seen = np.flatnonzero(self.kept)
        dropped = seen[~selection.kept]
        kept = self.kept.copy()
        kept[dropped] = False
        reasons = self.reasons.astype(np.object_)
        reasons[dropped] = _shared(selection.reasons[~selection.kept])
        dropped_by = self.dropped_by.astype(np.object_)
        dropped_by[dropped] = step
        scores = dict(self.scores)
        for name, column in selection.scores.items():
            scores[f"{step}.{name}"] = np.full(len(kept), np.nan)
            scores[f"{step}.{name}"][seen] = column
        return Funnel(
            kept,
            dropped_by,
            reasons,
            scores,
            (*self.steps, (step, int(kept.sum()))),
            (*self.notes, *(f"{step}: {note}" for note in selection.notes)),
        )


def _shared(texts: Reasons) -> NDArray[np.object_]:
    """Return texts as objects, equal ones as one object."""
    if texts.dtype == np.object_:  # whoever made them so shared them
        return texts.astype(np.object_)
    known, which = np.unique(texts, return_inverse=True)
    return known.astype(np.object_)[which]
