"""The charts of the stability bound."""

import json
import math
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go

from genaug.data import Figure
from genaug_plugins.validators.stability_bound.bound import SOURCE, Bound

POINTS = 121
_COLOURS = {"divergence": "#d55e00", "concentration": "#0072b2", "stability": "#009e73"}


def terms_figure(bound: Bound, kept: int) -> Figure:
    """Draw the bound and its terms against the number of synthetic samples, up to 100 times the real ones."""
    farthest = 100.0 * max(bound.real, kept)
    grid = np.unique(np.concatenate([[1.0, float(kept)], np.geomspace(1.0, farthest, POINTS)]))
    terms = bound.at(grid)
    figure = go.Figure(
        layout={
            "template": {},
            "xaxis": {"title": {"text": "synthetic samples"}, "type": "log"},
            "yaxis": {"title": {"text": "bound, constants hidden"}, "rangemode": "tozero"},
        }
    )
    lines = {
        "bound": (terms.total, {"color": "#cc79a7", "width": 3}),
        **{name: (line, {"color": _COLOURS[name]}) for name, line in terms.by_name().items()},
        "bound with the generator's term at most": (
            terms.total + terms.generator_at_most,
            {"color": "#7f7f7f", "dash": "dot"},
        ),
        "real data alone": (np.full_like(grid, bound.total(0.0)), {"color": "#7f7f7f", "dash": "dash"}),
    }
    for name, (line, style) in lines.items():
        # A curve that may be far above the others is hidden until it is switched on in the legend.
        figure.add_scatter(
            x=grid.tolist(),
            y=line.tolist(),
            mode="lines",
            name=name,
            line=style,
            visible="legendonly" if name.endswith("at most") else True,
        )
    figure.add_scatter(
        x=[kept],
        y=[float(bound.total(float(kept)))],
        mode="markers",
        marker={"size": 11, "symbol": "diamond", "color": "#cc79a7"},
        name="selected",
    )
    return Figure(
        title="Stability bound by the number of synthetic samples",
        caption=f"With {bound.real} real samples. {SOURCE[0].upper()}{SOURCE[1:]}. Read which term is "
        "largest and where the sum falls, not its height; d_TV and β are estimates with a downward bias.",
        chart=json.loads(figure.to_json()),
    )


def break_even_figure(bound: Bound, interval: tuple[float, float]) -> Figure:
    """Draw the break-even number of synthetic samples against d_TV, all else as measured."""
    highest = min(1.0, float(bound.total(0.0)) / bound.loss_bound)
    distances = np.linspace(0.0, highest, POINTS)
    even = [replace(bound, divergence=float(d)).break_even() for d in distances]
    drawn = [(float(d), at) for d, at in zip(distances, even, strict=True) if at is not None]
    figure = go.Figure(
        layout={
            "template": {},
            "xaxis": {"title": {"text": "d_TV between real and synthetic"}, "range": [0, 1]},
            "yaxis": {"title": {"text": "synthetic samples to break even"}, "type": "log"},
        }
    )
    figure.add_scatter(
        x=[d for d, _ in drawn], y=[at for _, at in drawn], mode="lines", name="break-even of the bound"
    )
    low, high = interval
    figure.add_vrect(x0=low, x1=high, fillcolor="#d55e00", opacity=0.15, line_width=0)
    figure.add_vline(x=bound.divergence, line={"color": "#d55e00"})
    never = "" if math.isclose(highest, 1.0) else f" There is no such number for d_TV ≥ {highest:.3g}."
    return Figure(
        title="Break-even number of synthetic samples",
        caption="Smallest number of synthetic samples for which the bound is no larger than that of real "
        f"data alone.{never} Red: d_TV as estimated, a lower bound, and its 95 % interval. "
        f"{SOURCE[0].upper()}{SOURCE[1:]}.",
        chart=json.loads(figure.to_json()),
    )
