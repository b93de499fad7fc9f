"""The scores of candidates, and their selection by limits per class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genaug.data.pool import Pool
from genaug.data.samples import BoolArray
from genaug.data.selection import Reasons, Selection
from genaug.data.summary import some
from genaug.renamed import accept_old_fields


@accept_old_fields({"preference": "ranking", "lots": "random_keys", "notes": "warnings"})
@dataclass(frozen=True, eq=False)
class Scores:
    """A selector's scores of its N candidates, before limits are applied.

    Attributes:
        passed: bool ``[N]``, whether each candidate is good enough.
        ranking: float64 ``[N]``, higher is better: limits keep the highest first. NaN comes last.
        failure: why candidates did not pass: one text for all, or ``[N]`` texts. Equal texts take no
            memory; a number that differs between candidates belongs in a score.
        scores: as in `Selection`.
        warnings: as in `Selection`.
        random_keys: float64 ``[N]`` where a limit keeps passed candidates at random, the lowest key first;
            None: by ranking.
        remarks: as in `Selection`.
    """

    passed: BoolArray
    ranking: NDArray[np.float64]
    failure: str | Reasons
    scores: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    random_keys: NDArray[np.float64] | None = None
    remarks: Sequence[str] = ()


def select_by_scores(scores: Scores, pool: Pool, max_per_class: int | None, min_per_class: int) -> Selection:
    """Select by scores and limits, class by class; ids break ties.

    Args:
        scores: of the pool's candidates.
        pool: N candidates.
        max_per_class: most candidates to keep of each class; None: all that passed.
        min_per_class: fewest candidates to keep of each class: the best that did not pass fill it up.
    """
    reasons = np.full(len(pool), "", dtype=np.object_)
    failed = ~scores.passed
    reasons[failed] = scores.failure if isinstance(scores.failure, str) else scores.failure[failed]
    remarks, filled, fewer = list(scores.remarks), list[str](), list[str]()
    ranking = np.where(np.isnan(scores.ranking), -np.inf, scores.ranking)
    for label, name in enumerate(pool.spec.class_names):
        rows = np.flatnonzero(pool.labels == label)
        good = rows[scores.passed[rows]]
        if max_per_class is not None and len(good) > max_per_class:
            drawn = scores.random_keys is not None
            key = -ranking if scores.random_keys is None else scores.random_keys
            good = good[np.lexsort((pool.ids[good], key[good]))]
            which = "drawn" if drawn else "best"
            reasons[good[max_per_class:]] = f"passed, but not among the {max_per_class} {which} of its class"
        elif len(good) < min_per_class:
            poor = rows[failed[rows]]
            poor = poor[np.lexsort((pool.ids[poor], -ranking[poor]))][: min_per_class - len(good)]
            reasons[poor] = ""
            if len(poor):
                filled.append(f"{len(poor)} of {len(good) + len(poor)} of {name!r}")
        if max_per_class is not None and len(rows) < max_per_class:
            fewer.append(f"{name!r} {len(rows)}")
    if filled:
        remarks.append(f"kept that did not pass, as `min_per_class` is {min_per_class}: {some(filled)}")
    if fewer:
        remarks.append(f"fewer candidates than `max_per_class` ({max_per_class}): {some(fewer)}")
    best = ranking if scores.random_keys is None else -scores.random_keys
    return Selection(reasons == "", reasons, scores.scores, tuple(scores.warnings), best, tuple(remarks))
