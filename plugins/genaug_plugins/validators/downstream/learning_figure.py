"""The charts of what the task's models logged while they learned."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from genaug.data import Figure
from genaug.data.samples import FloatArray

STEP = "step"


def learning_figures(curves: Mapping[str, Mapping[str, FloatArray]]) -> Iterator[Figure]:
    """Yield a chart of each logged value: a line for each arm, the mean over its seeds.

    Args:
        curves: ``[seeds, P]`` by name, for each arm; ``step`` has the steps.
    """
    names = dict.fromkeys(name for its in curves.values() for name in its if name != STEP)
    for name in names:
        traces: list[dict[str, Any]] = []
        for arm, its in curves.items():
            if name in its:
                values = its[name].astype(np.float64).mean(axis=0)
                steps = its[STEP][0] if STEP in its else np.arange(1, len(values) + 1)
                traces.append(
                    {
                        "type": "scatter",
                        "mode": "lines",
                        "name": arm,
                        "x": [float(step) for step in steps],
                        "y": [float(f"{value:.5g}") if np.isfinite(value) else None for value in values],
                    }
                )
        yield Figure(
            title=f"Learning curves of the task: {name}",
            caption="Mean over seeds (and folds, where there are), for each training set on its own "
            "samples. A curve that still falls at the end asks for more steps; a low loss says nothing about "
            "unseen samples.",
            chart={
                "data": traces,
                "layout": {
                    "xaxis": {"title": {"text": "step of the fit"}},
                    "yaxis": {"title": {"text": name}},
                },
            },
        )
