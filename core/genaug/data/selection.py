"""The decisions of selectors: a selection of one, the funnel of a chain."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import BoolArray
from genaug.renamed import accept_old_fields

Reasons = NDArray[np.object_] | NDArray[np.str_]
"""Texts ``[N]``, as objects, so that rows can share them."""


@accept_old_fields({"notes": "warnings"})
@dataclass(frozen=True, eq=False)
class Selection:
    """One selector's decision on each of its N candidates.

    Attributes:
        kept: bool ``[N]``.
        reasons: ``[N]`` why each was dropped, in words; "" where it was kept.
        scores: float64 ``[N]`` by name; NaN where a candidate has no score.
        warnings: what the user should act on or bear in mind, a sentence each, e.g. that a class is empty.
        ranking: float64 ``[N]``, higher is better, NaN last: which of the kept candidates stay, where the
            strategy wants fewer; None: they are drawn at random.
        remarks: plain facts of the selection, a sentence each: what was counted, which model was the judge.
    """

    kept: BoolArray
    reasons: Reasons
    scores: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    ranking: NDArray[np.float64] | None = None
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.kept)
        ranking = {} if self.ranking is None else {"ranking": self.ranking}
        for name, column in {"reasons": self.reasons, **self.scores, **ranking}.items():
            if len(column) != n:
                raise ValueError(f"{name} has {len(column)} entries for {n} candidates")
        if self.kept.dtype != np.bool_:
            raise ValueError(f"kept must be bool, not {self.kept.dtype}")
        if ((self.reasons == "") != self.kept).any():
            raise ValueError("every dropped candidate needs a reason, and no kept one has any")


@accept_old_fields({"steps": "selectors", "notes": "warnings"})
@dataclass(frozen=True, eq=False)
class Funnel:
    """The outcome of every candidate of a pool in a chain of selectors.

    Attributes:
        kept: bool ``[N]``.
        dropped_by: ``[N]`` name of the selector that dropped it; "" where it was kept.
        reasons: ``[N]`` why; "" where it was kept.
        scores: float64 ``[N]`` under ``selector.score``; NaN for candidates dropped before that selector.
        selectors: the chain so far: names, with the number of candidates that each selector kept.
        warnings: those of the selectors, each after the selector's name.
        remarks: those of the selectors, likewise.
    """

    kept: BoolArray
    dropped_by: Reasons
    reasons: Reasons
    scores: Mapping[str, NDArray[np.float64]]
    selectors: tuple[tuple[str, int], ...] = ()
    warnings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @classmethod
    def of(cls, candidates: int) -> "Funnel":
        """Return the funnel before the first selector: all candidates are kept."""
        empty = np.full(candidates, "", dtype=np.object_)
        return cls(np.ones(candidates, dtype=np.bool_), empty, empty, {})

    def then(self, selector: str, selection: Selection) -> "Funnel":
        """Return the funnel after another selector.

        Args:
            selector: its name, unique in the chain.
            selection: its decision on ``kept.sum()`` candidates, in their order.
        """
        seen = np.flatnonzero(self.kept)
        dropped = seen[~selection.kept]
        kept = self.kept.copy()
        kept[dropped] = False
        reasons = self.reasons.astype(np.object_)
        own = selection.reasons[~selection.kept]
        if (
            own.dtype != np.object_
        ):  # equal texts become one object; those in object arrays are shared already
            known, which = np.unique(own, return_inverse=True)
            own = known.astype(np.object_)[which]
        reasons[dropped] = own
        dropped_by = self.dropped_by.astype(np.object_)
        dropped_by[dropped] = selector
        scores = dict(self.scores)
        for name, column in selection.scores.items():
            scores[f"{selector}.{name}"] = np.full(len(kept), np.nan)
            scores[f"{selector}.{name}"][seen] = column
        return Funnel(
            kept,
            dropped_by,
            reasons,
            scores,
            (*self.selectors, (selector, int(kept.sum()))),
            (*self.warnings, *(f"{selector}: {warning}" for warning in selection.warnings)),
            (*self.remarks, *(f"{selector}: {remark}" for remark in selection.remarks)),
        )
