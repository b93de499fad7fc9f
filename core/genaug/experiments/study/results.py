"""A study's results: every figure of every arm, compared over the seeds."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from genaug.errors import ConfigError
from genaug.experiments.study.figures import Finished, Measured
from genaug.experiments.study.intervals import Estimate, mean_interval
from genaug.experiments.study.runs import Run
from genaug.experiments.study.schedule import FACTS
from genaug.experiments.study.study import BUILT_IN, Study, Value


@dataclass(frozen=True)
class Cell:
    """Hold one figure of one arm.

    Attributes:
        by_seed: its value at each seed that has one.
        mean: over the seeds; None where no seed has one.
        difference: to the arm that is compared with, paired by seed; None for that arm itself.
        outcome: what the difference shows.
    """

    by_seed: dict[int, float]
    mean: Estimate | None
    difference: Estimate | None = None
    outcome: str = ""


@dataclass(frozen=True, eq=False)
class Table:
    """Hold all arms at one value of what is varied.

    Attributes:
        value: what was varied.
        rows: by arm and figure.
        yardstick: by figure: what real training samples score; without those that have none.
        better: by figure, which way is good.
        notes: by figure.
        steps: steps of the arms' training, all there are.
        counts: samples of each view, and candidates.
        lost: by arm and seed, why there is no finished run.
        remarks: by arm and seed, what the run warns of.
    """

    value: Value
    rows: dict[str, dict[str, Cell]]
    yardstick: dict[str, Cell]
    better: dict[str, Literal["higher", "lower"] | None]
    notes: dict[str, str]
    steps: list[int]
    counts: dict[str, int]
    lost: dict[str, dict[int, str]]
    remarks: dict[str, dict[int, list[str]]]


@dataclass(frozen=True, eq=False)
class Results:
    """Hold everything that a study's pages say.

    Attributes:
        study: what was asked.
        command: what made the pages.
        tables: one for each value.
        versions: of all finished runs; several where they differ.
        machines: where the finished runs were made, and how many at a time.
        threads: of the runs.
        stale: labels of runs made by other code or settings than those installed now.
    """

    study: Study
    command: str
    tables: list[Table]
    versions: dict[str, list[str]]
    machines: list[dict[str, Any]]
    threads: list[int | None]
    stale: list[str]


def gathered(study: Study, runs: Sequence[Run], command: str) -> tuple[Results, list[Finished]]:
    """Read what the runs left, and compare.

    Raises:
        ConfigError: where none of the finished runs has a figure that the study names.
    """
    finished, lost = [], {}
    for run in runs:
        if reason := run.why_unfinished():
            lost[run] = reason
        elif record := run.record():
            finished.append(Finished(run, record))
    whole = {one.run.arm for one in finished} == set(study.arms)
    # What a training logs differs from arm to arm: only where all are there can none of them have it.
    check_figures(study, finished, lambda group: group not in BUILT_IN or (whole and group != "seconds"))
    versions: dict[str, set[str]] = {}
    machines = set()
    for one in finished:
        for name, version in one.record.versions.items():
            versions.setdefault(name, set()).add(version)
        if (one.run.folder / FACTS).exists():  # else it was made by hand, with `genaug run`
            machines.add((one.run.folder / FACTS).read_text(encoding="utf-8"))
    results = Results(
        study=study,
        command=command,
        tables=[_table(study, value, finished, lost) for value in study.values()],
        versions={name: sorted(found) for name, found in sorted(versions.items())},
        machines=[json.loads(text) for text in sorted(machines)],
        threads=sorted({one.run.pipeline.threads for one in finished}, key=str),
        stale=[one.run.label for one in finished if not one.run.finished()],
    )
    return results, finished


def check_figures(study: Study, finished: Sequence[Finished], of: Callable[[str], bool]) -> None:
    """Raise a ConfigError where a figure of such a group is in none of the runs, if there are any."""
    for figure in study.figures:
        group, _, name = figure.partition(".")
        if not of(group) or not finished or any(one.measured(figure) for one in finished):
            continue
        known = sorted({name for one in finished for name in one.known(group)})
        raise ConfigError(f"no finished run has {name!r} of {group}; it has {', '.join(known) or 'nothing'}")


def _table(study: Study, value: Value, finished: Sequence[Finished], lost: dict[Run, str]) -> Table:
    here = [one for one in finished if one.run.value == value]
    found: dict[tuple[str, str], dict[int, Measured]] = {
        (arm, figure): {
            one.run.seed: measured
            for one in here
            if one.run.arm == arm and (measured := one.measured(figure)) is not None
        }
        for arm in study.arms
        for figure in study.figures
    }
    first = {
        figure: next((m for arm in study.arms for m in found[arm, figure].values()), None)
        for figure in study.figures
    }
    better = {figure: measured.better if measured else None for figure, measured in first.items()}
    return Table(
        value=value,
        rows={
            arm: {
                figure: _cell(
                    _values(found[arm, figure]),
                    None if arm == study.compare_with else _values(found[study.compare_with, figure]),
                    better[figure],
                )
                for figure in study.figures
            }
            for arm in study.arms
        },
        yardstick={
            figure: _cell(references, None, None)
            for figure in study.figures
            if (references := _references([found[arm, figure] for arm in study.arms]))
        },
        better=better,
        notes={figure: measured.note for figure, measured in first.items() if measured and measured.note},
        steps=sorted({one.run.pipeline.generator.steps for one in here if _trains(one)}),  # type: ignore[attr-defined]
        counts=_counts(here),
        lost=_by_arm({run: reason for run, reason in lost.items() if run.value == value}),
        remarks=_by_arm({one.run: said for one in here if (said := one.remarks())}),
    )


def _cell(
    values: dict[int, float], against: dict[int, float] | None, better: Literal["higher", "lower"] | None
) -> Cell:
    mean = mean_interval(list(values.values())) if values else None
    pairs = [values[seed] - against[seed] for seed in values if seed in against] if against else []
    if not pairs:
        return Cell(values, mean)
    difference = mean_interval(pairs)
    return Cell(values, mean, difference, difference.outcome(better))


def _values(found: dict[int, Measured]) -> dict[int, float]:
    return {seed: measured.value for seed, measured in found.items()}


def _references(found: Sequence[dict[int, Measured]]) -> dict[int, float]:
    """Return the yardstick at each seed: every arm of a seed is held against the same samples."""
    return {
        seed: measured.reference
        for by_seed in found
        for seed, measured in by_seed.items()
        if measured.reference is not None
    }


def _trains(one: Finished) -> bool:
    return "steps" in type(one.run.pipeline.generator).model_fields


def _counts(finished: Sequence[Finished]) -> dict[str, int]:
    """Return the samples of each view, and the candidates, of the first run."""
    for one in finished:
        views = one.views.record["views"]
        return {name: sum(count.values()) for name, count in views.items()} | {"candidates": len(one.pool)}
    return {}


def _by_arm(said: dict[Run, Any]) -> dict[str, dict[int, Any]]:
    found: dict[str, dict[int, Any]] = {}
    for run, what in said.items():
        found.setdefault(run.arm, {})[run.seed] = what
    return found
