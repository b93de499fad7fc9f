"""How good each candidate is, and what quotas make of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genaug.data.pool import Pool
from genaug.data.samples import BoolArray
from genaug.data.selection import Reasons, Selection


@dataclass(frozen=True, eq=False)
class Grades:
    """Hold what a selector thinks of each of the N candidates it saw, before any quota.

    Attributes:
        passed: bool ``[N]``, whether it is good enough.
        preference: float64 ``[N]``, whom a quota takes first: higher is better, NaN comes last.
        failure: why those that did not pass did not: one text for all, or ``[N]`` texts. Texts that many
            candidates share cost nothing; a number that differs from one to the next belongs into a score.
        scores: as in `Selection`.
        notes: as in `Selection`.
        lots: float64 ``[N]`` where a quota takes those that passed by lot, the lowest first, and
            not by preference; None: by preference.
    """

    passed: BoolArray
    preference: NDArray[np.float64]
    failure: str | Reasons
    scores: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    notes: Sequence[str] = ()
    lots: NDArray[np.float64] | None = None


def decided(grades: Grades, pool: Pool, per_class: int | None, fill: int) -> Selection:
    """Return the selection that quotas make of grades, class by class; ids settle ties.

    Args:
        grades: of the pool's candidates.
        pool: N candidates.
        per_class: at most so many of each class; None: all that passed.
        fill: where fewer of a class passed, the best of the others make up so many.
    """
    reasons = np.full(len(pool), "", dtype=np.object_)
    failed = ~grades.passed
    reasons[failed] = grades.failure if isinstance(grades.failure, str) else grades.failure[failed]
    notes = list(grades.notes)
    worth = np.where(np.isnan(grades.preference), -np.inf, grades.preference)
    for label, name in enumerate(pool.spec.class_names):
        rows = np.flatnonzero(pool.labels == label)
        good = rows[grades.passed[rows]]
        if per_class is not None and len(good) > per_class:
            by_lot = grades.lots is not None
            key = -worth if grades.lots is None else grades.lots
            good = good[np.lexsort((pool.ids[good], key[good]))]
            which = "drawn" if by_lot else "best"
            reasons[good[per_class:]] = f"passed, but not among the {per_class} {which} of its class"
        elif len(good) < fill:
            poor = rows[failed[rows]]
            poor = poor[np.lexsort((pool.ids[poor], -worth[poor]))][: fill - len(good)]
            reasons[poor] = ""
            if len(poor):
                notes.append(
                    f"class {name!r}: {len(poor)} of {len(good) + len(poor)} kept did not pass and fill up"
                )
        if per_class is not None and len(rows) < per_class:
            notes.append(f"class {name!r} has {len(rows)} candidates, fewer than the quota of {per_class}")
    return Selection(reasons == "", reasons, grades.scores, tuple(notes))
