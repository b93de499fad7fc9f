"""A selector comparison as a page of Markdown."""

import json
from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from genaug.components.component import Component
from genaug.data.comparison import EVERYTHING, RANDOM, REAL, Comparison, Gain, Row, Score
from genaug.experiments.selector_comparison.run import Outcome

MINUS = "−"
CLEAR = 0.05
"""Holm-corrected p values below this are marked."""
BASELINES = (EVERYTHING, RANDOM, REAL)


def markdown(outcome: Outcome, command: str, figure: str | None, picture: str | None) -> str:
    """Return the page.

    Args:
        outcome: what it says.
        command: what made it; empty: Python did.
        figure: name of the forest plot beside it; None: there is none.
        picture: name of the contact sheet beside it; None: there is none.
    """
    comparison = outcome.comparison
    parts = [f"# {outcome.asked.title}"]
    if command:
        parts.append(f"Made by a command, never by hand:\n\n    {command}")
    parts.append(f"**{_capital(comparison.sentence)}.**")
    if outcome.asked.about:
        parts.append(outcome.asked.about.strip())
    parts.append(f"**What was frozen.** {_frozen(outcome)}")
    parts.append(f"**Reading the table.** {_reading(comparison)}")
    parts.append(_table(_test_table(comparison)))
    if figure:
        parts.append(f"![Gains of each chain on the test view, with 95 % intervals]({figure})")
    parts += ["## On the validation view, which chose", comparison.rule]
    parts.append(_table(_gain_table(comparison)))
    parts += ["## What each chain kept", _table(_kept_table(outcome))]
    if picture:
        parts.append(
            f"The first that each kept, not picked, a class a column in turn; the top row is real.\n\n"
            f"![Samples that each chain kept]({picture})"
        )
    parts += ["## The chains", _table(_chain_table(outcome)), f"The pipeline:\n\n{_pipeline(outcome)}"]
    for heading, lines in (("Not compared", list(_absent(outcome))), ("Notes", list(_notes(outcome)))):
        if lines:
            parts += [f"## {heading}", "\n".join(f"- {line}" for line in lines)]
    return "\n\n".join(parts) + "\n"


def _frozen(outcome: Outcome) -> str:
    views = ", ".join(
        f"{sum(counts.values()):,} {view}" for view, counts in outcome.views.record["views"].items()
    )
    versions = ", ".join(f"{name} {version}" for name, version in outcome.record.versions.items())
    pipeline = outcome.asked.pipeline
    threads = "as many as it takes" if pipeline.threads is None else pipeline.threads
    return (
        f"One split ({views} samples), one fit of `{pipeline.generator.name}`, one pool of "
        f"{len(outcome.pool):,} candidates, and the task `{pipeline.task.name}`, trained "
        f"{outcome.comparison.seeds} times for each contender with the same seeds. Threads: {threads}. "
        f"Versions: {versions}. What is said here holds for this split, fit and pool; another fit adds "
        "noise of its own that no interval below covers."
    )


def _reading(comparison: Comparison) -> str:
    compared = sum(bool(row.chain) and row.test is not None for row in comparison.rows)
    return (
        f"{_capital(comparison.metric)} over {comparison.seeds} seeds, with 95 % intervals over seeds and "
        f"samples at once. *{EVERYTHING}* adds the whole pool; *{RANDOM}* adds as many candidates of each "
        "class as the chain kept, drawn anew from the pool for every seed; gains are paired by seed and "
        "sample. The intervals are not corrected for their number; \\* marks gains whose p value is below "
        f"{CLEAR} after Holm's correction for the {compared} chains of a column. Best on the validation "
        "view first; bold is recommended."
    )


def _test_table(comparison: Comparison) -> Iterator[list[str]]:
    metric = comparison.metric
    yield [
        "contender", "added", f"{metric}, validation", f"{metric}, test",
        *(f"test gain over {over}" for over in BASELINES),
    ]  # fmt: skip
    for row in comparison.rows:
        gains = [row.gain(over) for over in BASELINES]
        yield [
            _name(row, comparison), f"{row.kept:,}", _score(row.validation, row), _score(row.test, row),
            *(_gain(one) for one in gains),
        ]  # fmt: skip


def _gain_table(comparison: Comparison) -> Iterator[list[str]]:
    yield ["contender", *(f"validation gain over {over}" for over in BASELINES)]
    for row in comparison.rows:
        if row.validation_gains:
            by_baseline = {gain.over: gain for gain in row.validation_gains}
            yield [_name(row, comparison), *(_gain(by_baseline.get(over)) for over in BASELINES)]


def _kept_table(outcome: Outcome) -> Iterator[list[str]]:
    names = outcome.pool.spec.class_names
    yield ["contender", "in all", *names]
    for row in outcome.comparison.rows:
        if row.kept_per_class:
            yield [row.name, f"{row.kept:,}", *(f"{row.kept_per_class[name]:,}" for name in names)]


def _chain_table(outcome: Outcome) -> Iterator[list[str]]:
    yield ["chain", "its selectors; settings that are left out have their defaults"]
    for name, selectors in outcome.asked.chains.items():
        yield [name, "<br>".join(f"`{_written(one)}`" for one in selectors)]


def _written(component: Component) -> str:
    """Return a component as a config writes it, without the settings that have their defaults."""
    settings = component.model_dump(mode="json")
    try:
        usual = type(component).model_validate({}).model_dump(mode="json")
    except ValidationError:  # it has settings without defaults
        usual = dict.fromkeys(settings)
    changed = {key: value for key, value in settings.items() if value != usual[key] and key != "use"}
    words = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in changed.items()]
    return "{" + ", ".join([f"use: {settings['use']}", *words]) + "}"


def _pipeline(outcome: Outcome) -> str:
    parts = ("seed", "source", "split", "generator", "strategy", "extractor", "task")
    config = outcome.asked.pipeline.config()
    shown = json.dumps({part: config[part] for part in parts}, indent=2, ensure_ascii=False)
    return f"```json\n{shown}\n```"


def _absent(outcome: Outcome) -> Iterator[str]:
    for row in outcome.comparison.rows:
        if row.problem:
            yield f"{row.name}: {_one_line(row.problem)}"
    for name, reason in outcome.asked.left_out.items():
        yield f"{name}: {_one_line(reason)}"


def _notes(outcome: Outcome) -> Iterator[str]:
    yield from map(_one_line, outcome.comparison.warnings)
    yield from map(_one_line, outcome.record.warnings)
    for row in outcome.comparison.rows:
        for note in row.notes:
            yield _one_line(note if note.startswith(f"{row.name}: ") else f"{row.name}: {note}")


def _name(row: Row, comparison: Comparison) -> str:
    return f"**{row.name}**" if row.name == comparison.recommended else row.name


def _score(score: Score | None, row: Row) -> str:
    if score is None:
        return "not compared" if row.problem else "-"
    return f"{_number(score.value)} [{', '.join(map(_number, score.interval))}]"


def _gain(gain: Gain | None) -> str:
    if gain is None:
        return "-"
    clear = r" \*" if gain.p < CLEAR else ""
    return f"{_number(gain.value, '+')} [{', '.join(_number(end, '+') for end in gain.interval)}]{clear}"


def _number(value: float, sign: str = "") -> str:
    return f"{value:{sign}.3f}".replace("-", MINUS)


def _table(rows: Iterator[list[str]]) -> str:
    head, *body = rows
    return "\n".join(_line(row) for row in (head, ["---"] * len(head), *body))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _one_line(text: str) -> str:
    return " ".join(text.split())
