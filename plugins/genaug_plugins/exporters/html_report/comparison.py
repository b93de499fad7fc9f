"""The page that compares finished runs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from genaug import ComparedRun, ComparedRuns
from genaug.data import Verdict
from genaug_plugins.exporters.html_report.charts import plain
from genaug_plugins.exporters.html_report.measured import Drawn
from genaug_plugins.exporters.html_report.summary import MARKS
from genaug_plugins.exporters.html_report.words import alike, number

SHOWN = 3
"""Maximum number of settings that a row shows before it is opened."""

LABEL = 24
"""Maximum number of letters of a run's name in a plot, which a phone has room for."""


@dataclass(frozen=True)
class Row:
    """A run in the table.

    Attributes:
        run: the run.
        short: the last parts of its folder, where all runs share the first ones.
        settings: settings that differ.
        mark: of the verdict's label.
        effect, interval: in words; empty without a verdict.
        scale: positions of the interval and the effect on a line, in per cent; one scale for all runs.
        score: of the best arm, in words.
        seconds: in words.
        order: by column, what the table is sorted by; None is always last.
    """

    run: ComparedRun
    short: str
    settings: list[tuple[str, str]]
    mark: str
    effect: str
    interval: str
    scale: dict[str, float] | None
    score: str
    seconds: str
    order: dict[str, Any]


def content(runs: ComparedRuns) -> dict[str, Any]:
    """Return the variables of the template."""
    ends = [end for one in runs.runs if (verdict := _drawn(one)) for end in _ends(verdict)]
    reach = 1.1 * max(map(abs, ends), default=1.0) or 1.0
    prefix = _shared([run.name for run in runs.runs])
    rows = [_row(run, run.name[len(prefix) :] or run.name, reach) for run in runs.runs]
    return {
        "rows": rows,
        "prefix": prefix,
        "several": len({run.test_view for run in runs.runs}) > 1,
        "differ": any(row.settings for row in rows),
        "cautions": runs.cautions,
        "passed_over": runs.passed_over,
        "shown": SHOWN,
        "reach": number(reach),
        "plots": list(_plots(rows)),
    }


def _row(run: ComparedRun, short: str, reach: float) -> Row:
    verdict, drawn = run.verdict, _drawn(run)
    effect, low, high = alike((drawn.effect, *drawn.interval), signed=True) if drawn else ("", "", "")
    places = dict(zip(("low", "high", "effect"), _ends(drawn), strict=True)) if drawn else {}
    return Row(
        run,
        short,
        list(run.settings.items()),
        MARKS[verdict.label] if verdict else "",
        effect,
        f"{low} to {high}" if drawn else "",
        {name: round(50 + 50 * value / reach, 2) for name, value in places.items()} if drawn else None,
        "" if verdict is None or verdict.best_score is None else number(verdict.best_score),
        _time(run),
        {
            "name": short,
            "data": run.data,
            "view": run.test_view,
            "verdict": list(MARKS).index(verdict.label) if verdict else None,
            "effect": drawn.effect if drawn else None,
            "best": verdict.best_score if verdict and math.isfinite(verdict.best_score or 0) else None,
            "seconds": run.seconds,
            "time": run.time,
        },
    )


def _drawn(run: ComparedRun) -> Verdict | None:
    """Return the verdict of a run whose effect can be drawn."""
    verdict = run.verdict
    return verdict if verdict and all(map(math.isfinite, _ends(verdict))) else None


def _ends(verdict: Verdict) -> tuple[float, float, float]:
    return (*verdict.interval, verdict.effect)


def _time(run: ComparedRun) -> str:
    if run.seconds is None:
        return "–"
    seconds = run.seconds
    text = f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
    return text if run.timed else f"over {text}"


def _shared(names: Sequence[str]) -> str:
    """Return the folders that all names begin with."""
    first = names[0].split("/")[:-1]
    while first and not all(name.startswith("/".join(first) + "/") for name in names):
        first.pop()
    return "/".join(first) + "/" if first and len(names) > 1 else ""


def _plots(rows: Sequence[Row]) -> Iterator[Drawn]:
    """Yield a forest plot of the runs of each test view and metric: only these may be compared."""
    groups = dict[tuple[str, str], list[Row]]()
    for row in rows:
        if row.run.verdict and row.scale:
            groups.setdefault((row.run.test_view, row.run.verdict.metric), []).append(row)
    several = len(groups) > 1
    for (view, metric), inside in groups.items():
        if len(inside) < 2:
            continue  # its bar is in the table
        yield Drawn(
            f"Effect in {metric.removesuffix(' on the test view')}{f', test view {view}' if several else ''}",
            f"{inside[0].run.data}. Each line is a run: the mean difference from its least certain baseline, "
            "and the 95 % interval. Right of zero, training with the synthetic samples was better.",
            _plot(inside),
        )


def _plot(rows: Sequence[Row]) -> dict[str, Any]:
    verdicts = [row.run.verdict for row in rows if row.run.verdict]
    effects = [one.effect for one in verdicts]
    names = [row.short if len(row.short) <= LABEL else f"…{row.short[1 - LABEL :]}" for row in rows]
    chart: dict[str, Any] = plain(
        {
            "data": [
                {
                    "type": "scatter",
                    "mode": "markers",
                    "x": effects,
                    "y": list(range(len(rows))),
                    "text": [f"{row.run.name}: {row.effect} ({row.interval})" for row in rows],
                    "hovertemplate": "%{text}<extra></extra>",
                    "marker": {"size": 11},
                    "error_x": {
                        "type": "data",
                        "symmetric": False,
                        "array": [one.interval[1] - one.effect for one in verdicts],
                        "arrayminus": [one.effect - one.interval[0] for one in verdicts],
                        "thickness": 2,
                        "width": 6,
                    },
                }
            ],
            "layout": {
                "height": 110 + 30 * len(rows),
                "xaxis": {"zeroline": True, "rangemode": "tozero"},
                "yaxis": {
                    "autorange": "reversed",
                    "automargin": True,
                    "tickvals": list(range(len(rows))),
                    "ticktext": names,
                    "zeroline": False,
                    "showgrid": False,
                },
                "showlegend": False,
            },
        }
    )
    return chart
