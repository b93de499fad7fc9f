"""The page of a selector comparison."""

from collections.abc import Iterator

from genaug.data.comparison import EVERYTHING, RANDOM, REAL, Row
from genaug.experiments.charts import Panel, forest
from genaug.experiments.experiment import Experiment
from genaug.experiments.pages import interval, number, one_line, rendered
from genaug.experiments.results import Cell, Difference, Estimate
from genaug.experiments.selector_comparison.results import SelectorRecord, table

CLEAR = 0.05
"""Level below which corrected p values are marked."""
BASELINES = (EVERYTHING, RANDOM, REAL)
SHOWN = ("seed", "source", "split", "generator", "strategy", "extractor", "task")
"""The parts of the pipeline that are shown."""
DIGITS = 3


def page(record: SelectorRecord, chart: str | None = None, picture: str | None = None) -> str:
    """Return the page.

    Args:
        record: the results.
        chart: name of the forest plot beside it; None: there is none.
        picture: name of the image grid beside it; None: there is none.
    """
    comparison, pipeline = record.comparison, record.asked["pipeline"]
    classes = list(record.views["train"])
    kept = [
        [row.name, f"{row.kept:,}", *(f"{row.kept_per_class[name]:,}" for name in classes)]
        for row in comparison.rows
        if row.kept_per_class
    ]
    missing = {row.name: row.problem for row in comparison.rows if row.problem} | record.asked["left_out"]
    notes = [
        note if note.startswith(f"{row.name}: ") else f"{row.name}: {note}"
        for row in comparison.rows
        for note in row.notes
    ]
    return rendered(
        "selector_comparison.md.j2",
        made=record.made,
        title=record.asked["title"],
        about=record.asked["about"],
        comparison=comparison,
        compared=sum(bool(row.chain) and row.test is not None for row in comparison.rows),
        clear=CLEAR,
        everything=EVERYTHING,
        random=RANDOM,
        views={view: sum(counts.values()) for view, counts in record.views.items()},
        candidates=record.candidates,
        generator=pipeline["generator"]["use"],
        task=pipeline["task"]["use"],
        pipeline={part: pipeline[part] for part in SHOWN},
        scores=list(_scores(record)),
        gains=list(_validation_gains(record)),
        kept=[["contender", "in all", *classes], *kept],
        chains=[(name, "<br>".join(f"`{one}`" for one in chain)) for name, chain in record.chains.items()],
        absent=[f"{name}: {one_line(reason)}" for name, reason in missing.items()],
        notes=list(map(one_line, (*comparison.warnings, *comparison.remarks, *record.warnings, *notes))),
        chart=chart,
        picture=picture,
    )


def chart(record: SelectorRecord) -> str | None:
    """Return the forest plot of the gains on the test view; None where nothing was compared."""
    arms = table(record.comparison).arms
    panels = [
        Panel(
            f"over {over}", {arm: gain for arm, cells in arms.items() if (gain := cells["test"].over(over))}
        )
        for over in BASELINES
    ]
    return forest(
        panels,
        f"Gain in {record.comparison.metric} on the test view",
        one_scale=True,
        emphasized=record.comparison.recommended,
    )


def _scores(record: SelectorRecord) -> Iterator[list[str]]:
    comparison, metric = record.comparison, record.comparison.metric
    yield [
        "contender", "added", f"{metric}, validation", f"{metric}, test",
        *(f"test gain over {over}" for over in BASELINES),
    ]  # fmt: skip
    arms = table(comparison).arms
    for row in comparison.rows:
        validation, test = arms[row.name]["validation"], arms[row.name]["test"]
        yield [
            _name(row, record), f"{row.kept:,}", _score(validation, row), _score(test, row),
            *(_gain(test.over(over)) for over in BASELINES),
        ]  # fmt: skip


def _validation_gains(record: SelectorRecord) -> Iterator[list[str]]:
    yield ["contender", *(f"validation gain over {over}" for over in BASELINES)]
    arms = table(record.comparison).arms
    for row in record.comparison.rows:
        if row.validation_gains:
            cell = arms[row.name]["validation"]
            yield [_name(row, record), *(_gain(cell.over(over)) for over in BASELINES)]


def _name(row: Row, record: SelectorRecord) -> str:
    return f"**{row.name}**" if row.name == record.comparison.recommended else row.name


def _score(cell: Cell, row: Row) -> str:
    if cell.mean is None:
        return "not compared" if row.problem else "-"
    return _estimate(cell.mean)


def _gain(gain: Difference | None) -> str:
    if gain is None:
        return "-"
    marked = r" \*" if gain.p is not None and gain.p < CLEAR else ""
    return _estimate(gain, "+") + marked


def _estimate(one: Estimate, sign: str = "") -> str:
    ends = f" {interval(one.interval, DIGITS, sign)}" if one.interval else ""
    return f"{number(one.mean, DIGITS, sign)}{ends}"


SELECTOR_COMPARISON = Experiment(SelectorRecord, page, chart)
