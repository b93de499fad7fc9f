"""The chart of a learning curve with an augmented training set on it."""

import json
import math

import numpy as np
import plotly.graph_objects as go

from genaug.data import Figure
from genaug.statistics.paired import crossed_interval
from genaug_plugins.evaluation.arms import SELECTED
from genaug_plugins.validators.effective_size.curve import Curve
from genaug_plugins.validators.effective_size.power_law import PowerLaw


def curve_figure(curve: Curve, law: PowerLaw | None) -> Figure:
    """Draw the errors against the size with their intervals, the curve if there is one, and the augmented
    set.

    Args:
        curve: the measured errors.
        law: the power law; None where the errors do not fall.
    """
    figure = go.Figure(
        layout={
            "template": {},
            "xaxis": {"title": {"text": "real samples"}, "type": "log"},
            "yaxis": {"title": {"text": "balanced error on the test view"}, "rangemode": "tozero"},
        }
    )
    estimates = [
        crossed_interval(curve.weighed(row), curve.grain, bounds=curve.bounds)
        for row in range(len(curve.sizes))
    ]
    figure.add_scatter(
        x=curve.sizes.tolist(),
        y=[estimate.value for estimate in estimates],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [estimate.high - estimate.value for estimate in estimates],
            "arrayminus": [estimate.value - estimate.low for estimate in estimates],
        },
        mode="markers",
        marker={"size": 9, "color": "#0072b2"},
        name="real, 95 % interval",
    )
    largest = float(curve.sizes[-1])
    end = curve.farthest * largest
    if law is not None:
        for first, last, style in ((float(curve.sizes[0]), largest, "solid"), (largest, end, "dot")):
            grid = np.geomspace(first, last, 60)
            figure.add_scatter(
                x=grid.tolist(),
                y=law(grid).tolist(),
                mode="lines",
                line={"color": "#0072b2", "dash": style},
                name="power law" if style == "solid" else "power law, extrapolated",
            )
    augmented = float(curve.errors()[-1])
    figure.add_scatter(
        x=[float(curve.sizes[0]), end],
        y=[augmented, augmented],
        mode="lines",
        line={"color": "#d55e00", "dash": "dash"},
        name=SELECTED,
    )
    samples = math.inf if law is None else curve.worth_in_samples(law)
    if math.isfinite(samples):
        figure.add_scatter(
            x=[samples],
            y=[augmented],
            mode="markers",
            marker={"size": 12, "symbol": "diamond", "color": "#d55e00"},
            name="as many real samples",
        )
    return Figure(
        title="How many real samples the selection is worth",
        caption=f"Where the dashed line, the error of {SELECTED}, meets the learning curve of real data. "
        f"Dotted: extrapolated beyond the {largest:.0f} real samples that exist.",
        chart=json.loads(figure.to_json()),
    )
