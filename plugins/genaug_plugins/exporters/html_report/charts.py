"""Charts as plain plotly JSON; the page's script sets their colours."""

import math
from collections.abc import Collection, Mapping, Sequence, Set
from typing import Any

from genaug.data import Findings
from genaug_plugins.curves.charts import Chart, chart, grouped
from genaug_plugins.exporters.html_report.words import titled

_CLEAR, _FAINT = 0.9, 0.3
"""Opacity of points with and without a picture."""


def plain(value: Any) -> Any:
    """Return a chart as strict JSON: non-finite values become null, and its template is removed."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items() if key != "template"}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def arms(findings: Findings) -> list[tuple[str, Chart]]:
    """Draw findings like ``accuracy[real only]`` that have an interval, one chart for each measure."""
    measured: dict[str, list[tuple[str, float, tuple[float, float]]]] = {}
    references: dict[str, set[float]] = {}
    for finding in findings.findings:
        what, of = titled(finding)
        if of and finding.interval is not None and math.isfinite(finding.value):
            measured.setdefault(what, []).append((of, finding.value, finding.interval))
            if finding.reference is not None and math.isfinite(finding.reference):
                references.setdefault(what, set()).add(finding.reference)
    return [(what, _arms(arm, references.get(what, ()))) for what, arm in measured.items() if len(arm) > 1]


def _arms(arm: Sequence[tuple[str, float, tuple[float, float]]], references: Collection[float]) -> Chart:
    names = [name for name, _, _ in arm]
    values = [value for _, value, _ in arm]
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": values,
        "y": names,
        "marker": {"size": 11},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [high - value for _, value, (_, high) in arm],
            "arrayminus": [value - low for _, value, (low, _) in arm],
            "thickness": 2,
            "width": 6,
        },
    }
    layout = {
        "height": 110 + 38 * len(arm),
        "yaxis": {"autorange": "reversed", "automargin": True},
        "showlegend": False,
        **(_yardstick(*references) if len(references) == 1 else {}),
    }
    drawn: Chart = plain({"data": [trace], "layout": layout})
    return drawn


def _yardstick(value: float) -> Chart:
    """Return the layout of a line at the value that real data alone have."""
    line = {"color": "#7f7f7f", "dash": "dash", "width": 2}
    return {
        "shapes": [
            {"type": "line", "yref": "paper", "x0": value, "x1": value, "y0": 0, "y1": 1, "line": line}
        ],
        "annotations": [
            {
                "x": value,
                "y": 1,
                "yref": "paper",
                "yanchor": "bottom",
                "text": "real data alone",
                "showarrow": False,
                "font": {"size": 11},
            }
        ],
        "margin": {"t": 28},
    }


def curves(history: Mapping[str, Sequence[float]]) -> list[tuple[str, str, Chart]]:
    """Draw the values that the generator logged; return each chart with its title and caption.

    Values of another length than ``step`` are drawn against their index.
    """
    step = history.get("step", ())
    lines = {
        name: (step if len(step) == len(values) else range(1, len(values) + 1), values)
        for name, values in history.items()
        if len(values)
    }
    return [(group.title, group.caption, chart(group, lines)) for group in grouped(lines)]


def with_faint(chart: Chart, samples: Sequence[Sequence[str]], pictured: Set[tuple[int, int]]) -> Chart:
    """Return a chart whose points are fainter where the sample behind them has no picture on the page.

    Args:
        chart: as plain JSON.
        samples: the samples behind the points of each trace.
        pictured: trace and place of the points with a picture.
    """
    traces = []
    for number, (trace, ids) in enumerate(zip(chart["data"], samples, strict=True)):
        opacity = [_CLEAR if (number, place) in pictured else _FAINT for place in range(len(ids))]
        marker = {**trace.get("marker", {}), "opacity": opacity}
        traces.append({**trace, "marker": marker} if ids else trace)
    return {**chart, "data": traces}
