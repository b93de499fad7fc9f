"""The results of a study: every figure of every arm, compared over the seeds."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from genaug.errors import ConfigError
from genaug.experiments.record import Machine, Made, modules_of
from genaug.experiments.results import Cell, Difference, Estimate, Table
from genaug.experiments.study.figures import Finished, Measured
from genaug.experiments.study.runs import MACHINE, Run
from genaug.experiments.study.study import BUILT_IN, Study, Value
from genaug.statistics.seeds import seed_interval


class StudyRecord(BaseModel):
    """The results of a study."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    experiment: Literal["study"] = "study"
    made: Made
    asked: Study
    tables: tuple[Table, ...]
    """A table for each value of the varied setting."""
    runs: tuple[dict[str, Any], ...]
    """The finished runs: arm, value, seed, name of the folder, manifest."""
    stale_runs: tuple[str, ...]
    """Labels of finished runs that were made by other code or settings than the present ones."""


def gathered(study: Study, runs: Sequence[Run], command: str) -> tuple[StudyRecord, list[Finished]]:
    """Read the results of the runs, and compare them.

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
    # Logged values differ between arms: only when all runs are finished is a missing figure an error.
    check_figures(study, finished, lambda group: group not in BUILT_IN or (whole and group != "seconds"))
    stale = tuple(one.run.label for one in finished if not one.run.finished())
    results = StudyRecord(
        made=_made(runs, finished, command, {"code": ""} if stale else {}),
        asked=study,
        tables=tuple(_table(study, value, finished, lost) for value in study.values()),
        runs=tuple(
            {
                "arm": one.run.arm,
                "value": one.run.value.value,
                "seed": one.run.seed,
                "run": one.run.folder.name,
                "manifest": one.record.manifest,
            }
            for one in finished
        ),
        stale_runs=stale,
    )
    return results, finished


def check_figures(study: Study, finished: Sequence[Finished], of: Callable[[str], bool]) -> None:
    """Raise a ConfigError where a figure of this group is in none of the runs, if there are runs."""
    for figure in study.figures:
        group, _, name = figure.partition(".")
        if not of(group) or not finished or any(one.measured(figure) for one in finished):
            continue
        known = sorted({name for one in finished for name in one.known(group)})
        raise ConfigError(f"no finished run has {name!r} of {group}; it has {', '.join(known) or 'nothing'}")


def _made(runs: Sequence[Run], finished: Sequence[Finished], command: str, facts: dict[str, Any]) -> Made:
    versions: dict[str, set[str]] = {}
    for one in finished:
        for name, version in one.record.versions.items():
            versions.setdefault(name, set()).add(version)
    machines = {
        (one.run.folder / MACHINE).read_text(encoding="utf-8")
        for one in finished
        if (one.run.folder / MACHINE).exists()  # else it was made by hand, with `genaug run`
    }
    return Made.by(
        command,
        [__name__, *modules_of(*(run.pipeline for run in runs))],
        versions={name: tuple(sorted(found)) for name, found in sorted(versions.items())},
        machines=tuple(Machine.model_validate(json.loads(text)) for text in sorted(machines)),
        **facts,
    )


def _table(study: Study, value: Value, finished: Sequence[Finished], lost: dict[Run, str]) -> Table:
    here = [one for one in finished if one.run.value == value]
    found: dict[str, dict[str, dict[int, Measured]]] = {
        arm: {
            figure: {
                one.run.seed: measured
                for one in here
                if one.run.arm == arm and (measured := one.measured(figure)) is not None
            }
            for figure in study.figures
        }
        for arm in study.arms
    }
    first = {
        figure: next((m for arm in study.arms for m in found[arm][figure].values()), None)
        for figure in study.figures
    }
    # Every arm of a seed is compared with the same real samples.
    references = {
        figure: {
            seed: one.reference
            for arm in study.arms
            for seed, one in found[arm][figure].items()
            if one.reference is not None
        }
        for figure in study.figures
    }
    values = {
        arm: {
            figure: {seed: one.value for seed, one in by_seed.items()} for figure, by_seed in figures.items()
        }
        for arm, figures in found.items()
    }
    return Table(
        title=value.title,
        arms={
            arm: {
                figure: _cell(
                    by_seed,
                    study.compare_with,
                    {} if arm == study.compare_with else values[study.compare_with][figure],
                )
                for figure, by_seed in figures.items()
            }
            for arm, figures in values.items()
        },
        better={figure: one.better if one else None for figure, one in first.items()},
        reference={figure: _cell(by_seed) for figure, by_seed in references.items() if by_seed},
        notes={figure: one.note for figure, one in first.items() if one and one.note},
        steps=tuple(sorted({steps for one in here if (steps := one.run.training_steps) is not None})),
        counts=here[0].counts() if here else {},
        lost=_by_arm({run: reason for run, reason in lost.items() if run.value == value}),
        remarks=_by_arm({one.run: said for one in here if (said := tuple(one.remarks()))}),
    )


def _cell(values: dict[int, float], baseline: str = "", against: dict[int, float] | None = None) -> Cell:
    pairs = [values[seed] - against[seed] for seed in values if seed in against] if against else []
    return Cell(
        by_seed=values,
        mean=Estimate(**_estimate(list(values.values()))) if values else None,
        differences=(Difference(over=baseline, **_estimate(pairs)),) if pairs else (),
    )


def _estimate(values: list[float]) -> dict[str, Any]:
    mean, interval, deviation = seed_interval(values)
    return {"n": len(values), "mean": mean, "interval": interval, "deviation": deviation}


def _by_arm(said: dict[Run, Any]) -> dict[str, dict[int, Any]]:
    found: dict[str, dict[int, Any]] = {}
    for run, what in said.items():
        found.setdefault(run.arm, {})[run.seed] = what
    return found
