"""The provenance of each sample, as exporters write it."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Evidence
from genaug.data import Samples

Row = dict[str, Any]


def of_real(samples: Samples, index: int) -> Row:
    """Return label and id of one real sample."""
    row = {"label": int(samples.labels[index]), "status": "real", "synthetic": False}
    return {**row, "id": str(samples.ids[index])}


def lineage(evidence: Evidence, index: int) -> Row:
    """Return label, outcome and origin of one candidate."""
    pool, funnel = evidence.pool, evidence.funnel
    origin = pool.origins[pool.origin[index]]
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
        "prompt": origin.prompt or "",
        "options": json.dumps(dict(origin.options)) if origin.options else "",
        "sources": list(pool.sources_of(index)),
    }


def scores_of(evidence: Evidence) -> Mapping[str, NDArray[np.float64]]:
    """Return all recorded scores, ``[N]`` each: the generator's, then the selectors'."""
    own = {f"generator.{name}": column for name, column in sorted(evidence.pool.scores.items())}
    return own | dict(sorted(evidence.funnel.scores.items()))


def json_scores(scores: Mapping[str, NDArray[np.float64]], index: int) -> Row:
    """Return one candidate's scores under ``scores``, for JSON; an empty mapping if there are none. An empty
    object would be a column without a type, which pyarrow cannot write.
    """
    numbers = {name: _json_number(column[index]) for name, column in scores.items()}
    return {"scores": numbers} if numbers else {}


def _json_number(value: float) -> float | None:
    """Return None for NaN, and the largest float for infinity, as JSON has neither."""
    return None if np.isnan(value) else float(np.nan_to_num(value))
