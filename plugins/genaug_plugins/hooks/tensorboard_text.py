"""Findings for TensorBoard: scalars by name, and a table."""

import math

from genaug.data import Finding, Findings


def scalars(finding: Finding) -> list[tuple[str, float]]:
    """Return the value, the ends of its interval and its reference, with their names."""
    scalars = [(finding.name, finding.value)]
    if finding.interval is not None:
        scalars += zip((f"{finding.name}/low", f"{finding.name}/high"), finding.interval, strict=True)
    if finding.reference is not None:
        scalars.append((f"{finding.name}/reference", finding.reference))
    return scalars


def table(findings: Findings) -> str:
    """Return the findings as a Markdown table, followed by their warnings."""
    lines = ["| finding | value | 95 % interval | reference | n | better | note |", "|" + "---|" * 7]
    for one in findings.findings:
        interval = "" if one.interval is None else " to ".join(map(_number, one.interval))
        reference = "" if one.reference is None else _number(one.reference)
        cells = (one.name, _number(one.value), interval, reference, one.n or "", one.better or "", one.note)
        lines.append("| " + " | ".join(_cell(str(cell)) for cell in cells) + " |")
    return "\n".join([*lines, "", *(f"- {_cell(warning)}" for warning in findings.warnings)])


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else str(value)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
