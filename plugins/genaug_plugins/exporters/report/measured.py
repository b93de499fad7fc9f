"""What a validator measured: its charts, its pairs, and a table of its values."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from genaug.data import Finding, Findings
from genaug_plugins.exporters.report import charts
from genaug_plugins.exporters.report.samples import Gallery
from genaug_plugins.exporters.report.words import interval, named, number


def measured(anchor: str, findings: Findings, gallery: Gallery, most_pairs: int) -> dict[str, Any]:
    """Return what the page says of one validator's findings."""
    drawn = [
        (figure.title, figure.caption, charts.plain(figure.chart))
        for figure in findings.figures
        if figure.chart
    ]
    if not drawn:
        drawn = [(what, "The bars are 95 % intervals.", chart) for what, chart in charts.arms(findings)]
    footnotes = _repeated(findings.findings)
    return {
        "anchor": anchor,
        "title": f"Measured: {findings.validator}",
        "decisive": findings.verdict is not None,
        "charts": drawn,
        "pairs": [
            {
                "title": figure.title,
                "caption": figure.caption,
                "shown": gallery.pairs(figure.pairs)[:most_pairs] if gallery.can_show else [],
                "total": len(figure.pairs),
            }
            for figure in findings.figures
            if figure.pairs
        ],
        "rows": [_row(finding, footnotes) for finding in findings.findings],
        "footnotes": footnotes,
        "has_reference": any(finding.reference is not None for finding in findings.findings),
    }


def _repeated(findings: Sequence[Finding]) -> list[str]:
    """Return the parts of the notes that stand at more than two findings, in order."""
    times = Counter(part for finding in findings for part in dict.fromkeys(finding.note.split("; ")) if part)
    return [part for part, n in times.items() if n > 2]


def _row(finding: Finding, footnotes: Sequence[str]) -> dict[str, Any]:
    what, of = named(finding.name)
    notes = finding.note.split("; ")
    return {
        "what": what,
        "of": of,
        "value": number(finding.value),
        "interval": interval(finding.interval),
        "reference": number(finding.reference),
        "n": "–" if finding.n is None else f"{finding.n:,}",
        "better": finding.better,
        "marks": [place for place, part in enumerate(footnotes, start=1) if part in notes],
        "note": "; ".join(part for part in notes if part not in footnotes),
        "per_class": [(name, number(value)) for name, value in finding.per_class.items()],
    }
