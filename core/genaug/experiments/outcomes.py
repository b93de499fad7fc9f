"""The outcomes of an experiment's runs: the figures of every arm, compared over the seeds."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from genaug.errors import ConfigError
from genaug.experiments.figures import Finished, Measured
from genaug.experiments.record import Machine, Made, modules_of
from genaug.experiments.results import Cell, Difference, Estimate, Table
from genaug.experiments.runner import MACHINE
from genaug.experiments.runs import Run, Value
from genaug.statistics.bounds import UNBOUNDED, Bounds, difference_bounds
from genaug.statistics.seeds import seed_interval


class Compared(Protocol):
    """What an experiment compares."""

    @property
    def arms(self) -> Mapping[str, Any]:
        """Return the arms, by name."""

    @property
    def figures(self) -> Sequence[str]:
        """Return the figures to compare."""

    @property
    def compare_with(self) -> str:
        """Return the arm with which the others are compared."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """The outcomes of runs.

    Attributes:
        runs: all runs.
        finished: those with results.
        lost: why the others have none.
    """

    runs: Sequence[Run]
    finished: Sequence[Finished]
    lost: Mapping[Run, str]

    @classmethod
    def of(cls, runs: Sequence[Run]) -> "Outcomes":
        """Read the outcomes of runs."""
        lost = {run: reason for run in runs if (reason := run.why_unfinished())}
        found = [(run, run.record()) for run in runs if run not in lost]
        return cls(runs, [Finished(run, record) for run, record in found if record], lost)

    @property
    def stale(self) -> tuple[str, ...]:
        """Return the labels of finished runs that were made by other code or settings than now."""
        return tuple(one.run.label for one in self.finished if not one.run.finished())

    def made(self, command: str, module: str) -> Made:
        """Return the provenance of a record of these runs.

        Args:
            command: makes the record again.
            module: the module that makes it.
        """
        versions: dict[str, set[str]] = {}
        for one in self.finished:
            for name, version in one.record.versions.items():
                versions.setdefault(name, set()).add(version)
        machines = {
            (one.run.folder / MACHINE).read_text(encoding="utf-8")
            for one in self.finished
            if (one.run.folder / MACHINE).exists()  # else it was made by hand, with `genaug run`
        }
        return Made.by(
            command,
            [module, *modules_of(*(run.pipeline for run in self.runs))],
            versions={name: tuple(sorted(found)) for name, found in sorted(versions.items())},
            machines=tuple(Machine.model_validate(json.loads(text)) for text in sorted(machines)),
            code="" if self.stale else None,
        )

    def check_figures(self, figures: Iterable[str], of: Callable[[str], bool]) -> None:
        """Check that a figure of these groups is in one of the runs, if there are runs.

        Raises:
            ConfigError: for the first figure that is in none.
        """
        for figure in figures:
            group, _, name = figure.partition(".")
            if not of(group) or not self.finished or any(one.measured(figure) for one in self.finished):
                continue
            known = sorted({name for one in self.finished for name in one.known(group)})
            raise ConfigError(
                f"no finished run has {name!r} of {group}; it has {', '.join(known) or 'nothing'}"
            )

    def table(self, asked: Compared, value: Value) -> Table:
        """Return all arms at a value."""
        here = [one for one in self.finished if one.run.value == value]
        found: dict[str, dict[str, dict[int, Measured]]] = {
            arm: {
                figure: {
                    one.run.seed: measured
                    for one in here
                    if one.run.arm == arm and (measured := one.measured(figure)) is not None
                }
                for figure in asked.figures
            }
            for arm in asked.arms
        }
        by_figure = {
            figure: [(seed, one) for figures in found.values() for seed, one in figures[figure].items()]
            for figure in asked.figures
        }
        # Every arm of a seed is compared with the same real samples.
        references = {
            figure: {seed: one.reference for seed, one in measured if one.reference is not None}
            for figure, measured in by_figure.items()
        }
        values = {
            arm: {
                figure: {seed: one.value for seed, one in by_seed.items()}
                for figure, by_seed in figures.items()
            }
            for arm, figures in found.items()
        }
        bounds = {figure: found[0][1].bounds for figure, found in by_figure.items() if found}
        baseline, steps = (
            asked.compare_with,
            [getattr(one.run.pipeline.generator, "steps", None) for one in here],
        )
        return Table(
            title=value.title,
            arms={
                arm: {
                    figure: _cell(
                        by_seed,
                        bounds.get(figure, UNBOUNDED),
                        baseline,
                        {} if arm == baseline else values[baseline][figure],
                    )
                    for figure, by_seed in figures.items()
                }
                for arm, figures in values.items()
            },
            better={
                figure: measured[0][1].better if measured else None for figure, measured in by_figure.items()
            },
            reference={
                figure: _cell(by_seed, bounds[figure]) for figure, by_seed in references.items() if by_seed
            },
            notes={
                figure: measured[0][1].note
                for figure, measured in by_figure.items()
                if measured and measured[0][1].note
            },
            steps=tuple(sorted({count for count in steps if count is not None})),
            counts=here[0].counts() if here else {},
            lost=_by_arm({run: reason for run, reason in self.lost.items() if run.value == value}),
            remarks=_by_arm({one.run: said for one in here if (said := tuple(one.remarks()))}),
        )


def _cell(
    values: dict[int, float], bounds: Bounds, baseline: str = "", against: dict[int, float] | None = None
) -> Cell:
    pairs = [values[seed] - against[seed] for seed in values if seed in against] if against else []
    return Cell(
        by_seed=values,
        mean=Estimate(**_estimate(list(values.values()), bounds)) if values else None,
        differences=(Difference(over=baseline, **_estimate(pairs, difference_bounds(bounds))),)
        if pairs
        else (),
    )


def _estimate(values: list[float], bounds: Bounds) -> dict[str, Any]:
    mean, interval, deviation = seed_interval(values, bounds=bounds)
    return {"n": len(values), "mean": mean, "interval": interval, "deviation": deviation}


def _by_arm(said: Mapping[Run, Any]) -> dict[str, dict[int, Any]]:
    found: dict[str, dict[int, Any]] = {}
    for run, what in said.items():
        found.setdefault(run.arm, {})[run.seed] = what
    return found
