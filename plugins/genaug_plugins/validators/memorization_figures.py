"""Figures of the memorization validator."""

from typing import Any

import numpy as np

from genaug.contracts import Evidence
from genaug.data import Figure, Pair
from genaug_plugins.validators.memorization_values import Distances, Doubles


def closest_pairs(candidates: Distances, evidence: Evidence, count: int) -> Figure:
    """Return the candidates nearest to a training sample, each with that sample."""
    ids, training = evidence.selected.ids, evidence.train.samples.ids
    rows = np.lexsort((ids, candidates.distances))[:count]
    return Figure(
        title="Closest pairs",
        caption="Selected candidates nearest to a training sample, nearest first, and that sample.",
        pairs=tuple(
            Pair(
                candidate=str(ids[row]),
                training=str(training[candidates.indices[row]]),
                distance=float(candidates.distances[row]),
            )
            for row in rows
        ),
    )


def distance_histogram(candidates: Doubles, unseen: Doubles) -> Figure:
    """Return the distributions of the distances to the nearest training sample."""
    edges = np.histogram_bin_edges(np.concatenate([candidates, unseen]), bins=40)
    middles = ((edges[:-1] + edges[1:]) / 2).tolist()

    def bars(name: str, distances: Doubles) -> dict[str, Any]:
        shares = np.histogram(distances, edges)[0] / len(distances)
        return {"type": "bar", "name": name, "x": middles, "y": shares.tolist(), "opacity": 0.6}

    return Figure(
        title="Distance to the nearest training sample",
        caption=(
            "Selected candidates to the left of the unseen real samples suggest copies; candidates far to "
            "the right are unlike real data."
        ),
        chart={
            "data": [bars("selected candidates", candidates), bars("unseen real samples", unseen)],
            "layout": {
                "barmode": "overlay",
                "bargap": 0,
                "xaxis": {"title": {"text": "distance"}},
                "yaxis": {"title": {"text": "share"}, "tickformat": ".0%"},
            },
        },
    )
