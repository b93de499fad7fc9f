"""The findings of a validator: charts, pairs, and tables of values."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from genaug.data import Figure, Finding, Findings
from genaug_plugins.curves.charts import Chart
from genaug_plugins.exporters.html_report import charts
from genaug_plugins.exporters.html_report.by_class import by_class
from genaug_plugins.exporters.html_report.outcomes import outcomes
from genaug_plugins.exporters.html_report.pivots import pivoted
from genaug_plugins.exporters.html_report.samples import Gallery, Point
from genaug_plugins.exporters.html_report.words import interval, number, titled


@dataclass(frozen=True)
class Drawn:
    """A chart of the page.

    Attributes:
        title, caption: text above and below it.
        chart: strict plotly JSON.
        key: of its points among what the page has behind it.
        points: the samples of its points that have a picture on the page.
        total: number of its points that are samples.
    """

    title: str
    caption: str
    chart: Chart
    key: str = ""
    points: list[Point] = field(default_factory=list)
    total: int = 0


def measured(
    anchor: str,
    findings: Findings,
    names: Sequence[str],
    gallery: Gallery,
    most_pairs: int,
    most_points: int,
) -> dict[str, Any]:
    """Return the template variables of one validator's findings.

    Args:
        anchor: its HTML id on the page.
        findings: of the validator.
        names: of the classes, in order.
        gallery: gives the samples to show.
        most_pairs: maximum number of pairs shown in a figure.
        most_points: maximum number of samples shown for the points of a chart.
    """
    drawn = [
        _drawn(f"{anchor}-{number}", figure, gallery, most_points)
        for number, figure in enumerate(findings.figures)
        if figure.chart
    ]
    compact = not drawn
    if compact:
        drawn = [Drawn(what, "The bars are 95 % intervals.", chart) for what, chart in charts.arms(findings)]
    lead = findings.verdict.metric.replace("_", " ") if findings.verdict else ""
    pivots, listed = pivoted(findings.findings, lead)
    class_tables, in_tables = by_class(findings.findings)
    # Parts of notes that more than two findings share become footnotes.
    times = Counter(part for one in listed for part in dict.fromkeys(one.note.split("; ")) if part)
    footnotes = [part for part, n in times.items() if n > 2]
    return {
        "anchor": anchor,
        "title": findings.title or f"Measured: {findings.validator}",
        "decisive": findings.verdict is not None,
        "charts": drawn,
        "compact": compact,
        "pairs": [
            {
                "title": figure.title,
                "caption": figure.caption,
                "shown": gallery.pairs(figure.pairs, most_pairs) if gallery.can_show else [],
                "total": len(figure.pairs),
            }
            for figure in findings.figures
            if figure.pairs
        ],
        "pivots": pivots,
        "class_tables": class_tables,
        "rows": [_row(finding, footnotes, finding.name not in in_tables) for finding in listed],
        "footnotes": footnotes,
        **outcomes(findings, names, gallery, 2 * most_pairs),
        "has_reference": any(finding.reference is not None for finding in listed),
    }


def _drawn(key: str, figure: Figure, gallery: Gallery, most: int) -> Drawn:
    chart: Chart = charts.plain(figure.chart)
    if not figure.samples or not gallery.can_show:
        return Drawn(figure.title, figure.caption, chart)
    points = gallery.points(figure.samples, most)
    total = sum(map(len, figure.samples))
    if len(points) < total:
        chart = charts.with_faint(chart, figure.samples, {(point.trace, point.place) for point in points})
    return Drawn(figure.title, figure.caption, chart, key, points, total)


def _row(finding: Finding, footnotes: Sequence[str], with_classes: bool) -> dict[str, Any]:
    what, of = titled(finding)
    notes = finding.note.split("; ")
    return {
        "what": what,
        "of": of,
        "value": number(finding.value),
        "interval": interval(finding.interval) + ("" if finding.p is None else f", p = {number(finding.p)}"),
        "reference": number(finding.reference),
        "n": "–" if finding.n is None else f"{finding.n:,}",
        "better": finding.better,
        "marks": [place for place, part in enumerate(footnotes, start=1) if part in notes],
        "note": "; ".join(part for part in notes if part not in footnotes),
        "per_class": [(name, number(value)) for name, value in finding.per_class.items()] * with_classes,
    }
