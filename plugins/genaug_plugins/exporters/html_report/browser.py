"""The candidates as data for the page's script, which filters, sorts and tags them."""

import hashlib
import math
from typing import Any

import numpy as np

from genaug.contracts import Evidence
from genaug_plugins.exporters.html_report.facts import all_scores, candidate_facts
from genaug_plugins.exporters.html_report.samples import Gallery, picked


def browser(evidence: Evidence, gallery: Gallery, most: int) -> dict[str, Any] | None:
    """Return the candidates to browse; None where there are none.

    Args:
        evidence: the pool, its scores and outcomes.
        gallery: draws the candidates.
        most: maximum number of candidates, chosen by content hash.
    """
    pool, funnel = evidence.pool, evidence.funnel
    if not len(pool):
        return None
    names = evidence.spec.class_names
    rows = sorted(picked(pool.ids, np.arange(len(pool)), most))
    scores = {
        name: [_finite(float(value)) for value in column[rows]]
        for name, column in all_scores(evidence).items()
    }
    known = {name: column for name, column in scores.items() if len({*column} - {None}) > 1}
    candidates = []
    for place, row in enumerate(rows):
        found = gallery.candidate(row) if gallery.can_show else None
        candidates.append(
            {
                "id": str(pool.ids[row]),
                "class": names[pool.labels[row]],
                "outcome": "kept" if funnel.kept[row] else f"dropped by {funnel.dropped_by[row]}",
                "scores": [column[place] for column in known.values()],
                "picture": found.picture if found else "",
                "facts": found.facts if found else candidate_facts(evidence, row),
            }
        )
    return {
        "data": {
            "pool": len(pool),
            "scores": list(known),
            "classes": [name for name in names if any(one["class"] == name for one in candidates)],
            "outcomes": list(dict.fromkeys(sorted(str(one["outcome"]) for one in candidates))),
            "candidates": candidates,
        },
        "pool": hashlib.sha256("".join(pool.ids.tolist()).encode()).hexdigest()[:16],
        "shown": f"{len(rows):,}",
        "total": f"{len(pool):,}",
        "all": len(rows) == len(pool),
    }


def _finite(value: float) -> float | None:
    """Return a value with the digits that a slider needs; None where it is not finite."""
    return float(f"{value:.6g}") if math.isfinite(value) else None
