"""What is known of each candidate, as exporters write it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Evidence

Row = dict[str, Any]


def lineage(evidence: Evidence, index: int) -> Row:
    """Return label, fate and origin of one candidate."""
    pool, funnel = evidence.pool, evidence.funnel
    origin = pool.origins[pool.request[index]]
    return {
        "label": int(pool.samples.labels[index]),
        "status": "kept" if funnel.kept[index] else "dropped",
        "synthetic": True,
        "id": str(pool.ids[index]),
        "dropped_by": str(funnel.dropped_by[index]),
        "reason": str(funnel.reasons[index]),
        "generator": origin.generator,
        "seed": origin.seed,
        "position": int(pool.position[index]),
        "prompt": origin.prompt,
        "sources": list(origin.sources),
    }


def scores_of(evidence: Evidence) -> Mapping[str, NDArray[np.float64]]:
    """Return every score on record, ``[N]`` each: the generator's, then the selectors'."""
    own = {f"generator.{name}": column for name, column in sorted(evidence.pool.scores.items())}
    return own | dict(sorted(evidence.funnel.scores.items()))
