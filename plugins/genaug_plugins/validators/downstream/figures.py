"""The charts of the downstream comparison."""

import json
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from genaug.data import Figure
from genaug_plugins.evaluation.arms import RANDOM, REAL
from genaug_plugins.evaluation.scoring import Scoring


def arms_figure(scoring: Scoring, score: str) -> Figure:
    """Draw the score of each arm with its interval, and a point for each seed."""
    arms = list(scoring.predicted)
    estimates = [scoring.estimate(score, arm) for arm in arms]
    figure = go.Figure(
        layout={"template": {}, "yaxis": {"title": {"text": score}}, "xaxis": {"type": "category"}}
    )
    for arm in arms:
        values = [round(float(value), 6) for value in scoring.by_seed(score, arm)]
        figure.add_scatter(
            x=[arm] * len(values),
            y=values,
            mode="markers",
            marker={"size": 6, "opacity": 0.5, "color": "#7f7f7f"},
            name="seeds",
            legendgroup="seeds",
            showlegend=arm == arms[0],
        )
    figure.add_scatter(
        x=arms,
        y=[estimate.value for estimate in estimates],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [estimate.high - estimate.value for estimate in estimates],
            "arrayminus": [estimate.value - estimate.low for estimate in estimates],
        },
        mode="markers",
        marker={"size": 11, "symbol": "diamond", "color": "#0072b2"},
        name="mean, 95 % interval",
    )
    _draw_yardsticks(figure, scoring, score, arms)
    return Figure(
        title=f"{score.capitalize()} of each arm",
        caption="Diamonds: mean over seeds with its 95 % interval over seeds and test samples; dots: each "
        "seed. Lines: real samples alone, and as many candidates drawn at random. The intervals of two arms "
        "may overlap even if their paired difference is significant: the verdict uses the paired difference.",
        chart=json.loads(figure.to_json()),
    )


def _draw_yardsticks(figure: go.Figure, scoring: Scoring, score: str, x: Sequence[str | float]) -> None:
    """Draw the score of real samples alone, and of as many random candidates, as lines across the chart."""
    for arm, name, dash in (
        (REAL, "real samples alone", "dash"),
        (RANDOM, "real + random candidates", "dot"),
    ):
        if arm in scoring.predicted:
            value = scoring.estimate(score, arm).value
            figure.add_scatter(
                x=list(x),
                y=[value] * len(x),
                mode="lines",
                line={"color": "#7f7f7f", "dash": dash, "width": 1.5},
                name=name,
                hoverinfo="name+y",
            )


def classes_figure(scoring: Scoring, over: str, arm: str) -> Figure:
    """Draw the gain in the score of each class with its interval."""
    gains = scoring.class_gains(over, arm)
    figure = go.Figure(
        layout={
            "template": {},
            "yaxis": {"title": {"text": f"{scoring.task.class_metric} gain"}, "zeroline": True},
            "xaxis": {"type": "category"},
        }
    )
    figure.add_bar(
        x=list(gains),
        y=[gain.value for gain in gains.values()],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [gain.high - gain.value for gain in gains.values()],
            "arrayminus": [gain.value - gain.low for gain in gains.values()],
        },
        marker={"color": ["#0072b2" if gain.value >= 0 else "#d55e00" for gain in gains.values()]},
    )
    return Figure(
        title=f"Gain in {scoring.task.class_metric} of each class",
        caption=f"{arm} minus {over} (the line at 0), with a 95 % interval each: of many classes, about one "
        "in twenty is different from 0 by chance. Classes with a single test sample are left out.",
        chart=json.loads(figure.to_json()),
    )


def sweep_figure(
    validation: Scoring, test: Scoring, score: str, arms: Mapping[float, str], chosen: str
) -> Figure:
    """Draw the score against the number of synthetic samples for each real one, on both views."""
    figure = go.Figure(
        layout={
            "template": {},
            "yaxis": {"title": {"text": score}},
            "xaxis": {
                "title": {"text": "synthetic : real"},
                "range": [-0.05 * max(arms), 1.05 * max(arms)],
                "zeroline": False,
            },
        }
    )
    for view, scoring, colour in (("validation", validation, "#7f7f7f"), ("test", test, "#0072b2")):
        fitted = {ratio: arm for ratio, arm in arms.items() if arm in scoring.predicted}
        estimates = [scoring.estimate(score, arm) for arm in fitted.values()]
        figure.add_scatter(
            x=list(fitted),
            y=[one.value for one in estimates],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [one.high - one.value for one in estimates],
                "arrayminus": [one.value - one.low for one in estimates],
            },
            text=list(fitted.values()),
            mode="lines+markers",
            marker={"size": 9, "color": colour},
            line={"color": colour, "dash": "dot" if view == "validation" else "solid"},
            name=f"{view} view",
        )
    _draw_yardsticks(figure, test, score, [0, max(arms)])
    return Figure(
        title=f"{score.capitalize()} by the ratio of synthetic to real samples",
        caption=f"Chosen on the validation view: {chosen}. The test view measures that choice. "
        "Bars are 95 % intervals over seeds and samples.",
        chart=json.loads(figure.to_json()),
    )
