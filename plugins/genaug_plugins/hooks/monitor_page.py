"""The monitors' page: small charts of all monitored values, with captions."""

import json
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from genaug_plugins.curves.charts import Chart, chart, grouped

Steps = dict[int, dict[str, float]]
"""The values of each step, in order."""

FLATNESS = (
    "The rise of the discriminator's loss when its weights move in a random direction, at the last "
    "step; at distance 1 they move by their own norm. A wide, low valley is good; a steep one indicates a "
    "discriminator that has memorized single samples."
)


def page(record: str) -> str:
    """Return the HTML page of a record, one JSON object on each line, as `MonitorHook` writes it."""
    steps, total, landscape = read_record(record)
    lines: dict[str, tuple[list[int], list[float]]] = {}
    for step, values in steps.items():
        for name, value in values.items():
            at, column = lines.setdefault(name, ([], []))
            at.append(step)
            column.append(value)
    charts = [(group.title, group.caption, chart(group, lines)) for group in grouped(lines)]
    if landscape:
        charts.append(("Flatness", FLATNESS, _flatness_chart(landscape)))
    environment = Environment(
        loader=PackageLoader("genaug_plugins", "hooks"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("monitor_page.html.j2").render(
        charts=charts, last=max(steps, default=0), total=total, plotly=Markup(get_plotlyjs())
    )


def read_record(record: str) -> tuple[Steps, int, dict[str, Any]]:
    """Return the values of each step, the number of steps of the training, and the landscape of the loss.

    If the training resumed and logged a step again, the earlier values from that step on are dropped.
    """
    steps: Steps = {}
    landscape: dict[str, Any] = {}
    last, total = 0, 0
    for text in record.splitlines():
        try:
            line = json.loads(text)
        except json.JSONDecodeError:  # an incomplete line of a killed process
            continue
        step, total = line["step"], line["total"]
        again = line["event"] == "trained" and step <= last
        if again or step < last:
            steps = {s: values for s, values in steps.items() if s < step or (s == step and not again)}
            landscape = {}
        # Values that are not finite are written as strings.
        steps.setdefault(step, {}).update({name: float(value) for name, value in line["values"].items()})
        landscape, last = line.get("landscape", landscape), step
    return dict(sorted(steps.items())), total, landscape


def _flatness_chart(landscape: dict[str, Any]) -> Chart:
    """Return a chart of the mean, lowest and highest rise over directions, by distance."""
    rises = [[float(rise) for rise in along] for along in landscape["rises"]]
    at_radii = list(zip(*rises, strict=True))
    profiles = {
        "mean": [sum(at) / len(at) for at in at_radii],
        "lowest": [min(at) for at in at_radii],
        "highest": [max(at) for at in at_radii],
    }
    radii = [float(radius) for radius in landscape["radii"]]
    middle = sum(radius < 0 for radius in radii)
    x = [*radii[:middle], 0.0, *radii[middle:]]
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": x,
            "y": [*profile[:middle], 0.0, *profile[middle:]],
            "line": {"width": 1.5, "dash": "solid" if name == "mean" else "dot"},
        }
        for name, profile in profiles.items()
    ]
    return {"data": data, "layout": {"height": 260, "xaxis": {"title": {"text": "distance"}}}}
