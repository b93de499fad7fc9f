"""`genaug compare`: compare finished runs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genaug.cli.options import Json
from genaug.cli.printing import document, table

if TYPE_CHECKING:
    from genaug.data import Finding

Runs = Annotated[
    list[Path], typer.Argument(metavar="RUN...", help="Output folders of finished runs.", show_default=False)
]


def compare(runs: Runs, json_: Json = False) -> None:
    """Compare finished runs.

    Prints the verdicts, the settings in which the runs differ, and their findings. Nothing is computed
    again. A note says where the test views differ, because scores are not comparable then.

    \b
        genaug compare runs/r1 runs/ms3d
        genaug compare runs/* --json
    """  # noqa: D301
    from genaug.execution.side_by_side import side_by_side

    sides = side_by_side(runs)
    if json_:
        document(
            {
                "runs": list(sides.runs),
                "same_test_view": sides.same_test,
                "verdicts": dict(sides.verdicts),
                "settings": dict(sides.settings),
                "findings": [
                    {
                        "validator": validator,
                        "name": name,
                        "values": [one and json.loads(one.model_dump_json()) for one in row],
                    }
                    for validator, name, row in sides.findings
                ],
            }
        )
        return
    if not sides.same_test:
        typer.echo("Note: the runs were measured on different test views; their scores are not comparable.\n")
    heads = list(sides.runs)
    # Sentences are too long for a cell; conditions are shown only where they differ.
    hidden = {"sentence", "best_arm", "best_score", "best_interval"}
    if len(set(sides.verdicts.get("conditions", ()))) < 2:
        hidden.add("conditions")
    shown = {name: row for name, row in sides.verdicts.items() if name not in hidden}
    best = zip(sides.verdicts.get("best_arm", ()), sides.verdicts.get("best_score", ()), strict=True)
    shown["best_here"] = [f"{arm} ({score:.3f})" if arm else None for arm, score in best]
    _part("Verdict", heads, [[name.replace("_", " "), *map(_said, row)] for name, row in shown.items()])
    _part("Settings that differ", heads, [[name, *map(_set, row)] for name, row in sides.settings.items()])
    rows = [[f"{validator}: {name}", *map(_found, row)] for validator, name, row in sides.findings]
    _part("Findings", heads, rows)


def _part(title: str, heads: list[str], rows: list[list[str]]) -> None:
    if rows:
        typer.echo(f"{title}\n")
        table(["", *heads], rows)
        typer.echo("")


def _set(value: Any) -> str:
    return "–" if value is None else str(value)


def _said(value: Any) -> str:
    if isinstance(value, tuple | list) and len(value) == 2 and all(isinstance(end, float) for end in value):
        return f"{value[0]:+.3f} to {value[1]:+.3f}"
    if isinstance(value, dict):  # a gain
        return f"{_said(value['effect'])} ({_said(value['interval'])}), p = {value['p']:.2g}"
    return f"{value:+.3f}" if isinstance(value, float) else _set(value or None)


def _found(finding: "Finding | None") -> str:
    if finding is None:
        return "–"
    said = f"{finding.value:.4g}"
    if finding.interval is not None:
        said += f" ({finding.interval[0]:.4g} to {finding.interval[1]:.4g})"
    if finding.p is not None:
        said += f", p = {finding.p:.2g}"
    return said
