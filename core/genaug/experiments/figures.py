"""Figures of finished runs: findings, durations of stages, training histories."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from genaug.data import Findings, Funnel, Pool
from genaug.data.funnel_files import load_funnel
from genaug.execution.record import RunRecord
from genaug.execution.store import Artifact, Store
from genaug.experiments.results import Better
from genaug.experiments.runs import Run
from genaug.stages import generate, validate
from genaug.stages.fit import FittedGenerator
from genaug.stages.split import Views
from genaug.statistics.bounds import UNBOUNDED, Bounds

BUILT_IN = ("seconds", "history", "monitors")
"""Prefixes of figures that are not findings of a validator."""
EVENTS = "events.jsonl"
MONITORS = "monitors/monitors.jsonl"


@dataclass(frozen=True)
class Measured:
    """A figure of a run.

    Attributes:
        value: the measured value.
        better: whether lower or higher is better; None where neither is.
        reference: the value on real samples.
        note: for the reader.
        bounds: the lowest and the highest possible value.
    """

    value: float
    better: Better = None
    reference: float | None = None
    note: str = ""
    bounds: Bounds = UNBOUNDED


@dataclass(frozen=True, eq=False)
class Finished:
    """A finished run with its measurements."""

    run: Run
    record: RunRecord
    findings: dict[str, Findings] = field(init=False)

    def __post_init__(self) -> None:
        found = {
            stage.name.removeprefix("validate."): validate.read(self._artifact(stage.name).folder)
            for stage in self.record.stages
            if stage.name.startswith("validate.")
        }
        object.__setattr__(self, "findings", found)

    def measured(self, figure: str) -> Measured | None:
        """Return a figure of the run; None where it has none."""
        group, _, name = figure.partition(".")
        if group == "seconds":
            seconds = seconds_of(name, self._fingerprint(name), self.run.folder / EVENTS)
            return None if seconds is None else Measured(seconds, "lower")
        if group in BUILT_IN:
            value = logged(self.fitted.history if group == "history" else self.monitored, name)
            return None if value is None else Measured(value)
        return next(
            (
                Measured(one.value, one.better, one.reference, one.note, one.bounds or UNBOUNDED)
                for one in self.findings[group].findings
                if one.name == name
            ),
            None,
        )

    def known(self, group: str) -> list[str]:
        """Return the names of the figures that a group has in this run."""
        if group == "seconds":
            return [stage.name for stage in self.record.stages]
        if group in BUILT_IN:
            return list(self.fitted.history if group == "history" else self.monitored)
        return [one.name for one in self.findings[group].findings]

    @cached_property
    def fitted(self) -> FittedGenerator:
        """Return the fitted generator."""
        return FittedGenerator(self.run.pipeline.generator, self._artifact("fit").folder)

    @cached_property
    def monitored(self) -> dict[str, list[float]]:
        """Return the measurements of the hook `monitor`, as a history."""
        looks: dict[int, dict[str, float]] = {}
        for line in _events(self.run.folder / MONITORS):
            if line["event"] == "inspected":
                # A training that goes back to a checkpoint measures again: later measurements are discarded.
                looks = {step: values for step, values in looks.items() if step < line["step"]}
                looks[line["step"]] = line["values"]
        names = {name for values in looks.values() for name in values}
        rows = list(looks.values())
        return {
            "step": [float(step) for step in looks],
            **{name: [float(values.get(name, "nan")) for values in rows] for name in names},
        }

    @property
    def pool(self) -> Pool:
        """Return the candidates."""
        return generate.read(self._artifact("generate").folder)

    @property
    def funnel(self) -> Funnel:
        """Return the outcome of each candidate in the chain of selectors."""
        chain = [stage.name for stage in self.record.stages if stage.name.startswith("select.")]
        return load_funnel(self._artifact(chain[-1]).folder) if chain else Funnel.of(len(self.pool))

    @cached_property
    def views(self) -> Views:
        """Return the views of its split."""
        return Views(self._artifact("split").folder)

    def counts(self) -> dict[str, int]:
        """Return the samples of each view, and the candidates."""
        views = self.views.record["views"]
        return {name: sum(count.values()) for name, count in views.items()} | {"candidates": len(self.pool)}

    def remarks(self) -> list[str]:
        """Return the warnings of the fit and the validators."""
        said = [warning for findings in self.findings.values() for warning in findings.warnings]
        return [*self.fitted.warnings, *said]

    def _fingerprint(self, step: str) -> str:
        return next(stage.fingerprint for stage in self.record.stages if stage.name == step)

    def _artifact(self, step: str) -> Artifact:
        artifact = Store(self.run.folder / "store").find(step, self._fingerprint(step))
        assert artifact is not None, f"{step} of {self.run.folder} is recorded but does not exist"
        return artifact


def logged(history: Mapping[str, Any], name: str) -> float | None:
    """Return the last value of a column, of ``column@50%`` that nearest to half way; None: no column."""
    column, _, share = name.partition("@")
    values, steps = history.get(column), history.get("step")
    if not values or not steps:
        return None
    wanted = float(share.removesuffix("%")) / 100 * steps[-1] if share else steps[-1]
    return float(min(zip(steps, values, strict=True), key=lambda row: abs(row[0] - wanted))[1])


def seconds_of(step: str, fingerprint: str, log: Path) -> float | None:
    """Return the duration of the stage with this fingerprint in seconds; None where it was interrupted."""
    begun, took = 0, None
    for event in _events(log):
        if event.get("stage") != step:
            continue
        if event["event"] == "stage_started":
            begun += 1
        elif event["event"] == "stage_finished" and not event["reused"]:
            whole = begun == 1 and event["fingerprint"] == fingerprint
            took, begun = (float(event["seconds"]) if whole else None), 0
    return took


def _events(log: Path) -> Iterable[dict[str, Any]]:
    if not log.exists():
        return
    for line in log.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:  # an incomplete line after a kill
            continue
