"""A study's results as a page of Markdown."""

import json
import math
from collections.abc import Iterator, Sequence

from genaug.experiments.study.intervals import Estimate
from genaug.experiments.study.results import Cell, Results, Table

ARROW = {"higher": " ↑", "lower": " ↓", None: ""}
MINUS = "−"


def markdown(results: Results, picture: str | None) -> str:
    """Return the page.

    Args:
        results: what it says.
        picture: name of the contact sheet beside it; None: there is none.
    """
    return "\n\n".join([*_head(results), *_tables(results), *_tail(results, picture)]) + "\n"


def _head(results: Results) -> Iterator[str]:
    study = results.study
    yield f"# {study.title}"
    yield "Made by a command, never by hand:"
    yield f"    {results.command}"
    if study.about:
        yield study.about.strip()
    if study.size:
        yield f"**Size.** {study.size.strip()}"
    yield f"**Runs.** {_runs(results)}"
    yield f"**Reading the tables.** {_reading(results)}"


def _runs(results: Results) -> str:
    seeds = results.study.seeds
    where = "; ".join(
        f"{machine['device']}, {machine['cores']} cores, {machine['at_a_time']} runs at a time"
        for machine in results.machines
    )
    threads = ", ".join("as many as it takes" if n is None else str(n) for n in results.threads)
    versions = ", ".join(f"{name} {' and '.join(found)}" for name, found in results.versions.items())
    text = (
        f"{len(results.study.arms)} arms at {len(seeds)} seed{'s' * (len(seeds) > 1)} "
        f"({', '.join(map(str, seeds))}); all arms of a seed learn from the same split and are held against "
        f"the same test samples. Made on: {where or 'an unknown machine'}; threads of a run: {threads}."
        f" Versions: {versions or '-'}."
    )
    if results.stale:
        text += (
            f" {len(results.stale)} of the finished runs were made by other code or settings than those "
            "installed when this page was written; without --table-only the command makes them again."
        )
    return text


def _reading(results: Results) -> str:
    study, seeds = results.study, len(results.study.seeds)
    if seeds < 2:
        return "There is one seed: no intervals, and no difference below says anything about chance."
    comparisons = (len(study.arms) - 1) * len(study.figures) * len(results.tables)
    return (
        f"A cell is the mean over the seeds with its 95 % t-interval ({seeds} seeds: {seeds - 1} degree"
        f"{'s' * (seeds > 2)} of freedom, so the intervals are wide); below it the mean difference to "
        f"*{study.compare_with}*, paired by seed, with its own 95 % t-interval, called better or worse "
        "(higher or lower, where neither is good) only where that interval leaves out 0. The intervals are "
        f"not corrected for their number: of {comparisons} comparisons about {math.ceil(comparisons / 20)} "
        "would leave out 0 by chance if nothing made a difference. *Real training samples* are the yardstick:"
        " what the samples learned from score themselves."
    )


def _tables(results: Results) -> Iterator[str]:
    for table in results.tables:
        if table.value.title:
            yield f"## `{table.value.title}`"
        if table.counts:
            steps = " or ".join(f"{n:,}" for n in table.steps)
            yield (
                ", ".join([f"{count:,} {name}" for name, count in table.counts.items()])
                + f" samples{f'; {steps} training steps' if steps else ''}."
            )
        yield "\n".join(_rows(results, table))
        if results.study.spread and len(results.study.seeds) > 1:
            yield "Standard deviation over the seeds:"
            yield "\n".join(_spread(results, table))
        said = list(_said(results, table))
        if said:
            yield "\n".join(f"- {line}" for line in said)


def _rows(results: Results, table: Table) -> Iterator[str]:
    study = results.study
    digits = {figure: _digits(table, figure) for figure in study.figures}
    yield _line(["arm", *(f"{figure}{ARROW[table.better[figure]]}" for figure in study.figures)])
    yield _line(["---"] * (1 + len(study.figures)))
    if table.yardstick:
        cells = [
            _mean(table.yardstick[figure].mean, digits[figure], len(study.seeds))
            if figure in table.yardstick
            else "-"
            for figure in study.figures
        ]
        yield _line(["*Real training samples*", *cells])
    for arm, cells_of in table.rows.items():
        lost = table.lost.get(arm, {})
        if len(lost) == len(study.seeds):
            kind = "failed" if any(reason != "not run" for reason in lost.values()) else "not run"
            yield _line([arm, *[kind] * len(study.figures)])
        else:
            yield _line([arm, *(_cell(cells_of[f], digits[f], len(study.seeds)) for f in study.figures)])


def _spread(results: Results, table: Table) -> Iterator[str]:
    figures = results.study.figures
    yield _line(["arm", *figures])
    yield _line(["---"] * (1 + len(figures)))
    for arm, cells in table.rows.items():
        deviations = [
            (cell.mean.deviation if cell.mean else None) for cell in map(cells.get, figures) if cell
        ]
        yield _line([arm, *("-" if one is None else f"{one:.3g}" for one in deviations)])


def _said(results: Results, table: Table) -> Iterator[str]:
    """Yield what the differences show, a line a figure that has a good side."""
    for figure in results.study.figures:
        outcomes: dict[str, list[str]] = {}
        for arm, cells in table.rows.items():
            if cells[figure].outcome:
                outcomes.setdefault(cells[figure].outcome, []).append(arm)
        if outcomes and table.better[figure]:
            parts = [
                f"{outcome}: {', '.join(outcomes[outcome])}"
                for outcome in ("better", "worse", "no difference seen")
                if outcome in outcomes
            ]
            yield f"`{figure}` against *{results.study.compare_with}*: {'; '.join(parts)}"


def _tail(results: Results, picture: str | None) -> Iterator[str]:
    if picture:
        yield "## Samples"
        yield (
            f"The first candidates of the first seed ({results.study.seeds[0]}), not picked, a class a "
            f"column in turn; the top row is real.\n\n![Samples of each arm]({picture})"
        )
    yield "## The arms"
    yield "\n".join(
        [
            _line(["arm", "what it changes in the base"]),
            _line(["---", "---"]),
            *(
                _line(
                    [arm, "<br>".join(f"`{path}: {_json(value)}`" for path, value in changed.items()) or "-"]
                )
                for arm, changed in results.study.arms.items()
            ),
        ]
    )
    yield f"The base:\n\n```json\n{json.dumps(results.study.base, indent=2, ensure_ascii=False)}\n```"
    notes = {note for table in results.tables for note in _notes(table)}
    for heading, lines in (
        ("What was measured", sorted(notes)),
        ("Runs without results", [line for table in results.tables for line in _losses(table)]),
        ("What the runs warn of", [line for table in results.tables for line in _remarks(table)]),
    ):
        if lines:
            yield f"## {heading}"
            yield "\n".join(f"- {line}" for line in lines)


def _notes(table: Table) -> Iterator[str]:
    by_note: dict[str, list[str]] = {}
    for figure, note in table.notes.items():
        by_note.setdefault(note, []).append(f"`{figure}`")
    for note, figures in by_note.items():
        yield f"{', '.join(figures)}: {note}"
    if any(figure.startswith("seconds.") for cells in table.rows.values() for figure in cells):
        yield (
            "`seconds.…`: wall time of a step, while the other runs shared the machine; read as ratios. "
            "A step that was interrupted has none."
        )


def _losses(table: Table) -> Iterator[str]:
    for arm, by_seed in table.lost.items():
        for seed, reason in by_seed.items():
            yield f"{_where(table, arm)}, seed {seed}: {_one_line(reason)}"


def _remarks(table: Table) -> Iterator[str]:
    """Yield each remark once, with the runs that make it."""
    made: dict[str, list[str]] = {}
    for arm, by_seed in table.remarks.items():
        for seed, remarks in by_seed.items():
            for remark in remarks:
                made.setdefault(remark, []).append(f"{arm} {seed}")
    runs = sum(len(cells.by_seed) for row in table.rows.values() for cells in list(row.values())[:1])
    for remark, by in made.items():
        who = "all runs" if len(by) >= runs > 1 else f"{', '.join(by)} (arm, seed)"
        yield f"{table.value.title}{': ' * bool(table.value.title)}{_one_line(remark)} - {who}"


def _where(table: Table, arm: str) -> str:
    return f"{arm} at {table.value.title}" if table.value.title else arm


def _cell(cell: Cell, digits: int, seeds: int) -> str:
    if cell.mean is None:
        return "-"
    text = _mean(cell.mean, digits, seeds)
    if cell.difference is None:
        return text
    difference = _mean(cell.difference, digits + 1, seeds, sign="+")
    return f"{text}<br>{difference} {f'**{cell.outcome}**' if _tells(cell) else cell.outcome}".rstrip()


def _tells(cell: Cell) -> bool:
    return cell.outcome in ("better", "worse")


def _mean(estimate: Estimate | None, digits: int, seeds: int, sign: str = "") -> str:
    if estimate is None:
        return "-"
    text = _number(estimate.mean, digits, sign)
    if estimate.interval is not None:
        text += f" [{', '.join(_number(end, digits, sign) for end in estimate.interval)}]"
    return text if estimate.n == seeds else f"{text} (n = {estimate.n})"


def _number(value: float, digits: int, sign: str) -> str:
    return f"{value:{sign},.{digits}f}".replace("-", MINUS)


def _digits(table: Table, figure: str) -> int:
    """Return the decimals that give the largest mean of a column three significant digits."""
    cells = [row[figure] for row in table.rows.values()]
    largest = max((abs(cell.mean.mean) for cell in cells if cell.mean), default=0.0)
    if not math.isfinite(largest) or largest == 0:
        return 2
    return min(max(2 - math.floor(math.log10(largest)), 0), 8)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _one_line(text: str) -> str:
    return " ".join(text.split())
