"""The page of a study."""

import json
import math
from collections.abc import Iterator

from genaug.experiments.charts import Panel, forest
from genaug.experiments.experiment import Experiment
from genaug.experiments.pages import interval, number, one_line, rendered
from genaug.experiments.results import Cell, Estimate, Table
from genaug.experiments.study.results import StudyRecord

ARROW = {"higher": " ↑", "lower": " ↓", None: ""}


def page(record: StudyRecord, chart: str | None = None, picture: str | None = None) -> str:
    """Return the page.

    Args:
        record: the results.
        chart: name of the forest plot beside it; None: there is none.
        picture: name of the image grid beside it; None: there is none.
    """
    study = record.asked
    comparisons = (len(study.arms) - 1) * len(study.figures) * len(record.tables)
    return rendered(
        "study.md.j2",
        made=record.made,
        study=study,
        stale_runs=record.stale_runs,
        comparisons=comparisons,
        by_chance=math.ceil(comparisons / 20),
        tables=[
            {
                "title": table.title,
                "counts": table.counts,
                "steps": " or ".join(f"{n:,}" for n in table.steps),
                "rows": list(_rows(record, table)),
                "spread": list(_spread(record, table)) if study.spread and len(study.seeds) > 1 else None,
                "outcomes": list(_outcomes(record, table)),
            }
            for table in record.tables
        ],
        chart=chart,
        picture=picture,
        arms=[
            (
                arm,
                "<br>".join(
                    f"`{path}: {json.dumps(value, ensure_ascii=False)}`" for path, value in changed.items()
                )
                or "-",
            )
            for arm, changed in study.arms.items()
        ],
        notes=sorted({note for table in record.tables for note in _notes(table)}),
        losses=[
            f"{arm}{f' at {table.title}' * bool(table.title)}, seed {seed}: {one_line(reason)}"
            for table in record.tables
            for arm, by_seed in table.lost.items()
            for seed, reason in by_seed.items()
        ],
        remarks=[line for table in record.tables for line in _remarks(table)],
    )


def chart(record: StudyRecord) -> str | None:
    """Return the forest plot of the figures with a better direction; None where there are none."""
    found: dict[str, Panel] = {}
    for table in record.tables:
        for figure, better in table.better.items():
            if better is None:
                continue
            panel = found.setdefault(figure, Panel(figure + ARROW[better], {}, better))
            for arm, cells in table.arms.items():
                if difference := cells[figure].over(record.asked.compare_with):
                    label = f"{arm}, {table.title}" if table.title else arm
                    found[figure] = panel = Panel(
                        panel.title, {**panel.differences, label: difference}, better
                    )
    return forest(list(found.values()), f"Difference to {record.asked.compare_with}, paired by seed")


def _rows(record: StudyRecord, table: Table) -> Iterator[list[str]]:
    study = record.asked
    digits = {figure: _digits(table, figure) for figure in study.figures}
    seeds = len(study.seeds)
    yield ["arm", *(f"{figure}{ARROW[table.better[figure]]}" for figure in study.figures)]
    if table.reference:
        cells = [
            _mean(table.reference[figure].mean, digits[figure], seeds) if figure in table.reference else "-"
            for figure in study.figures
        ]
        yield ["*Real training samples*", *cells]
    for arm, cells_of in table.arms.items():
        lost = table.lost.get(arm, {})
        if len(lost) == seeds:
            kind = "failed" if any(reason != "not run" for reason in lost.values()) else "not run"
            yield [arm, *[kind] * len(study.figures)]
        else:
            yield [arm, *(_cell(cells_of[f], digits[f], seeds, table, f) for f in study.figures)]


def _cell(cell: Cell, digits: int, seeds: int, table: Table, figure: str) -> str:
    text = _mean(cell.mean, digits, seeds)
    for difference in cell.differences:
        outcome = difference.outcome(table.better[figure])
        shown = f"**{outcome}**" if outcome in ("better", "worse") else outcome
        text += f"<br>{_mean(difference, digits + 1, seeds, sign='+')} {shown}".rstrip()
    return text


def _mean(estimate: Estimate | None, digits: int, seeds: int, sign: str = "") -> str:
    if estimate is None:
        return "-"
    text = number(estimate.mean, digits, sign)
    if estimate.interval is not None:
        text += f" {interval(estimate.interval, digits, sign)}"
    return text if estimate.n == seeds else f"{text} (n = {estimate.n})"


def _digits(table: Table, figure: str) -> int:
    """Return the number of decimals that gives the largest mean of a column three significant digits."""
    means = [cells[figure].mean for cells in table.arms.values()]
    largest = max((abs(one.mean) for one in means if one), default=0.0)
    if not math.isfinite(largest) or largest == 0:
        return 2
    return min(max(2 - math.floor(math.log10(largest)), 0), 8)


def _spread(record: StudyRecord, table: Table) -> Iterator[list[str]]:
    figures = record.asked.figures
    yield ["arm", *figures]
    for arm, cells in table.arms.items():
        means = [cells[figure].mean for figure in figures]
        yield [
            arm,
            *("-" if one is None or one.deviation is None else f"{one.deviation:.3g}" for one in means),
        ]


def _outcomes(record: StudyRecord, table: Table) -> Iterator[str]:
    """Yield a summary of the differences of each figure that has a better direction."""
    for figure in record.asked.figures:
        better = table.better[figure]
        arms: dict[str, list[str]] = {}
        for arm, cells in table.arms.items():
            for difference in cells[figure].differences:
                arms.setdefault(difference.outcome(better), []).append(arm)
        parts = [
            f"{outcome}: {', '.join(arms[outcome])}"
            for outcome in ("better", "worse", "no difference seen")
            if outcome in arms
        ]
        if parts and better:
            yield f"`{figure}` compared with *{record.asked.compare_with}*: {'; '.join(parts)}"


def _notes(table: Table) -> Iterator[str]:
    by_note: dict[str, list[str]] = {}
    for figure, note in table.notes.items():
        by_note.setdefault(note, []).append(f"`{figure}`")
    for note, figures in by_note.items():
        yield f"{', '.join(figures)}: {note}"
    if any(figure.startswith("seconds.") for figure in table.better):
        yield (
            "`seconds.…`: wall time of a stage, while the other runs shared the machine; read as ratios. "
            "A stage that was interrupted has none."
        )


def _remarks(table: Table) -> Iterator[str]:
    """Yield each warning once, with its runs."""
    made: dict[str, list[str]] = {}
    for arm, by_seed in table.remarks.items():
        for seed, remarks in by_seed.items():
            for remark in remarks:
                made.setdefault(remark, []).append(f"{arm} {seed}")
    runs = sum(len(next(iter(cells.values())).by_seed) for cells in table.arms.values())
    for remark, by in made.items():
        who = "all runs" if len(by) >= runs > 1 else f"{', '.join(by)} (arm, seed)"
        yield f"{table.title}{': ' * bool(table.title)}{one_line(remark)} - {who}"


STUDY = Experiment(StudyRecord, page, chart)
