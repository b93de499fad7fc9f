"""`genaug compare`: compare finished runs."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genaug.cli.options import Json
from genaug.cli.printing import document, printable, table

if TYPE_CHECKING:
    from genaug.contracts import ComparedRuns
    from genaug.data import Finding, Verdict
    from genaug.execution.side_by_side import SideBySide

PAGE = "comparison.html"
"""Name of the page in a folder of runs."""
MOST = 4
"""Maximum number of runs whose findings stand side by side in a terminal."""
LISTED = 8
"""Maximum number of settings that are printed of each of more runs."""

Runs = Annotated[
    list[Path],
    typer.Argument(
        metavar="RUN|FOLDER...",
        help="Output folders of finished runs, or folders that contain some.",
        show_default=False,
    ),
]
Page = Annotated[
    Path | None,
    typer.Option(
        "--page",
        metavar="FILE",
        help=f"Write the page here. Default: {PAGE} in the folder of runs; none where runs are named.",
        show_default=False,
    ),
]
Former = Annotated[
    bool, typer.Option("--history", help="Also compare the former results of each output folder.")
]


def compare(runs: Runs, page: Page = None, history: Former = False, json_: Json = False) -> None:
    """Compare finished runs, or all runs of a folder.

    Prints a line for each run, the settings in which they differ and, of a few runs, all findings. A folder
    of runs also gets a page, which opens offline: a table to sort, and the effects with their intervals.
    Nothing is computed again. A note says where the test views differ: scores are not comparable then.

    \b
        genaug compare runs                                    # every run in the folder, and a page
        genaug compare runs/r1 runs/ms3d
        genaug compare runs/r1 runs/ms3d --page r1-ms3d.html
        genaug compare runs/* --json
        genaug compare runs/r1 --history                       # what was there before, too
    """  # noqa: D301
    from genaug.execution.compared import compared, read_runs
    from genaug.execution.record import FILE
    from genaug.execution.run_folders import run_folders
    from genaug.execution.side_by_side import side_by_side

    folders, stopped = run_folders(runs)
    read, passed = read_runs(folders, history)
    if page is None and len(runs) == 1 and not (runs[0] / FILE).is_file() and not json_:
        page = runs[0] / PAGE
    every = compared(read, Path() if page is None else page.parent, [*stopped, *passed])
    sides = side_by_side(read)
    for line in (*every.passed_over, *sides.missing):
        typer.echo(printable(line), err=True)
    if page is not None:
        _write(every, page)
    if json_:
        document(_plain(sides, every))
        return
    for caution in every.cautions:
        typer.echo(f"Note: {caution}\n")
    _overview(every)
    if len(read) > MOST:
        typer.echo("Settings that differ from most runs\n")
        for run in every.runs:
            typer.echo(f"{printable(run.name)}: {printable(_listed(run.settings))}")
        typer.echo(f"\nFindings are printed of at most {MOST} runs; all are in --json.")
    else:
        _details(sides)
    if page is not None:
        typer.echo(f"page: {page}")


def _plain(sides: SideBySide, every: ComparedRuns) -> dict[str, Any]:
    return {
        "runs": list(sides.runs),
        "same_test_view": sides.same_test,
        "test_views": [run.test_view for run in every.runs],
        "data": [run.data for run in every.runs],
        "finished": [run.time for run in every.runs],
        "seconds": [run.seconds for run in every.runs],
        "cautions": list(every.cautions),
        "passed_over": list(every.passed_over),
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


def _write(every: ComparedRuns, page: Path) -> None:
    """Write the page.

    Raises:
        ConfigError: where no exporter makes one.
        StoreError: where it cannot be written.
    """
    from genaug.cli.runs import exporter_of
    from genaug.components.registry import Registry
    from genaug.errors import ConfigError, StoreError

    reference = Registry.installed().preset().page
    html = None if reference is None else exporter_of(str(reference["use"]), ()).compare(every)
    if html is None:
        raise ConfigError("the preset names no exporter that makes a page of a comparison: use --json")
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes(html.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise StoreError(
            f"cannot write {page}: {error.strerror}. Choose another place with --page"
        ) from error


def _overview(every: ComparedRuns) -> None:
    several = len({run.test_view for run in every.runs}) > 1
    head = ["Run", "Data", "Verdict", "Effect", "Best here", "Time", "Finished"]
    rows = [
        [
            run.name,
            run.data + (f", {run.folds} folds" if run.folds else ""),
            run.verdict.label if run.verdict else "no verdict",
            _effect(run.verdict),
            _best(run.verdict),
            _time(run.seconds, run.timed),
            run.time[:10],
            *([run.test_view] if several else []),
        ]
        for run in every.runs
    ]
    table([*head, *(["Test view"] if several else [])], rows)
    typer.echo("")


def _details(sides: SideBySide) -> None:
    heads = list(sides.runs)
    # Sentences are too long for a cell; conditions are shown only where they differ.
    hidden = {"sentence", "best_arm", "best_score", "best_interval"}
    if len(set(sides.verdicts.get("conditions", ()))) < 2:
        hidden.add("conditions")
    shown = {name: row for name, row in sides.verdicts.items() if name not in hidden}
    best = zip(sides.verdicts.get("best_arm", ()), sides.verdicts.get("best_score", ()), strict=True)
    if here := [f"{arm} ({score:.3f})" if arm else None for arm, score in best]:
        shown["best_here"] = here
    _part("Verdict", heads, [[name.replace("_", " "), *map(_said, row)] for name, row in shown.items()])
    _part("Settings that differ", heads, [[name, *map(_set, row)] for name, row in sides.settings.items()])
    rows = [[f"{validator}: {name}", *map(_found, row)] for validator, name, row in sides.findings]
    _part("Findings", heads, rows)


def _part(title: str, heads: list[str], rows: list[list[str]]) -> None:
    if rows:
        typer.echo(f"{title}\n")
        table(["", *heads], rows)
        typer.echo("")


def _listed(settings: Any) -> str:
    said = [f"{name}={value}" for name, value in settings.items()]
    more = [f"and {len(said) - LISTED} more"] if len(said) > LISTED else []
    return ", ".join([*said[:LISTED], *more]) or "as most"


def _effect(verdict: Verdict | None) -> str:
    if verdict is None or not math.isfinite(verdict.effect):
        return "–"
    return f"{verdict.effect:+.3f} ({_said(verdict.interval)})"


def _best(verdict: Verdict | None) -> str:
    if verdict is None or not verdict.best_arm:
        return "–"
    score = "" if verdict.best_score is None else f" ({verdict.best_score:.3f})"
    return f"{verdict.best_arm}{score}{'' if verdict.decided else ', a guess: too few test samples'}"


def _time(seconds: float | None, timed: bool) -> str:
    if seconds is None:
        return "–"
    return f"{'' if timed else '> '}{f'{seconds:.0f} s' if seconds < 120 else f'{seconds / 60:.0f} min'}"


def _set(value: Any) -> str:
    return "–" if value is None else str(value)


def _said(value: Any) -> str:
    if isinstance(value, tuple | list) and len(value) == 2 and all(isinstance(end, float) for end in value):
        return f"{value[0]:+.3f} to {value[1]:+.3f}"
    if isinstance(value, dict):  # a gain
        return f"{_said(value['effect'])} ({_said(value['interval'])}), p = {value['p']:.2g}"
    return f"{value:+.3f}" if isinstance(value, float) else _set(value or None)


def _found(finding: Finding | None) -> str:
    if finding is None:
        return "–"
    said = f"{finding.value:.4g}"
    if finding.interval is not None:
        said += f" ({finding.interval[0]:.4g} to {finding.interval[1]:.4g})"
    if finding.p is not None:
        said += f", p = {finding.p:.2g}"
    return said
