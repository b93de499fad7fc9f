"""The former results of an output folder, printed."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from genaug.cli.printing import document, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from genaug.data import Verdict
    from genaug.execution.history import Result

MOST = 6
"""Maximum number of changes that are printed of a result."""


def print_history(folder: Path, as_json: bool) -> None:
    """Print the results of an output folder, the oldest first, each with what was changed before it.

    Raises:
        StoreError: where there is none.
    """
    from genaug.execution.history import Result, changes, finished_at, results
    from genaug.execution.record import finished

    found = list(results(folder))
    if not found:  # a run of an older version has no history, but its last result
        record = finished(folder)
        found = [Result(finished_at(folder), record)]
    changed = [[], *(changes(one.record, two.record) for one, two in itertools.pairwise(found))]
    pages = [one.page(folder) for one in found]
    if as_json:
        document(
            {
                "folder": str(folder),
                "results": [
                    {
                        "time": one.time,
                        "changes": said,
                        "page": None if page is None else str(page),
                        **one.record.plain(),
                    }
                    for one, said, page in zip(found, changed, pages, strict=True)
                ],
            }
        )
        return
    for number, (one, said, page) in enumerate(zip(found, changed, pages, strict=True), 1):
        typer.echo(f"{number}. {one.time}  {outcome(one.record.verdict)}")
        for line in said[:MOST]:
            typer.echo(f"     changed: {printable(line)}")
        if len(said) > MOST:
            typer.echo(f"     changed: {len(said) - MOST} more")
        if page is not None:
            typer.echo(f"     page: {page}")


def outcome(verdict: Verdict | None) -> str:
    """Return a verdict in one line: label, effect with interval, and the best arm."""
    if verdict is None:
        return "no verdict"
    said = (
        f"{verdict.label}: {verdict.effect:+.3f} ({verdict.interval[0]:+.3f} to {verdict.interval[1]:+.3f})"
    )
    if verdict.best_arm:
        said += f"; best here: {verdict.best_arm}"
        said += "" if verdict.best_score is None else f" ({verdict.best_score:.3f})"
        said += "" if verdict.decided else ", a guess: too few test samples"
    return said


def since(before: Sequence[Result], now: Sequence[Result], folder: Path) -> Iterator[str]:
    """Yield what a run says about the result that its output folder had before, in lines.

    Args:
        before: the results before the run.
        now: those after it.
        folder: the output folder.
    """
    if not before or not now:
        return
    last = before[-1]
    if len(now) == len(before):
        yield f"the same result as on {last.time}; nothing was added to the history"
        return
    said = outcome(last.record.verdict)
    yield f"before, on {last.time}: {said}; all results: genaug report {folder} --history"
