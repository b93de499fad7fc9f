"""The results of a selector comparison, as a record and as the table of all experiments."""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from genaug.components.component import Component
from genaug.data.comparison import Comparison, Gain, Score
from genaug.experiments.record import Machine, Made, modules_of
from genaug.experiments.results import Cell, Difference, Estimate, Table
from genaug.experiments.selector_comparison.run import Outcome

VIEWS = ("validation", "test")


class SelectorRecord(BaseModel):
    """The results of a selector comparison."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    experiment: Literal["selector comparison"] = "selector comparison"
    made: Made
    asked: dict[str, Any]
    """The whole config, with all defaults filled in."""
    comparison: Comparison
    chains: dict[str, tuple[str, ...]]
    """The selectors of each chain, without settings that have their defaults."""
    candidates: int
    views: dict[str, dict[str, int]]
    """Samples of each view, by class."""
    warnings: tuple[str, ...]
    """Warnings of the generator."""
    manifest: str | None
    """Manifest of the run."""


def recorded(outcome: Outcome, command: str) -> SelectorRecord:
    """Return the record of a comparison."""
    asked, run = outcome.asked, outcome.record
    return SelectorRecord(
        made=Made.by(
            command,
            [__name__, *modules_of(asked)],
            versions={name: (version,) for name, version in run.versions.items()},
            machines=(Machine(threads=asked.pipeline.threads),),
        ),
        asked=json.loads(asked.model_dump_json()),
        comparison=outcome.comparison,
        chains={name: tuple(map(_written, chain)) for name, chain in asked.chains.items()},
        candidates=len(outcome.pool),
        views=outcome.views.record["views"],
        warnings=run.warnings,
        manifest=run.manifest,
    )


def table(comparison: Comparison) -> Table:
    """Return scores and gains as a table whose figures are the views."""
    return Table(
        arms={
            row.name: {
                "validation": _cell(row.validation, row.validation_gains, comparison.seeds),
                "test": _cell(row.test, row.test_gains, comparison.seeds),
            }
            for row in comparison.rows
        },
        better=dict.fromkeys(VIEWS, "higher"),
    )


def _cell(score: Score | None, gains: tuple[Gain, ...], seeds: int) -> Cell:
    mean = None if score is None else Estimate(n=seeds, mean=score.value, interval=score.interval)
    return Cell(
        by_seed=dict(enumerate(score.by_seed)) if score else {},
        mean=mean,
        differences=tuple(
            Difference(over=gain.over, n=seeds, mean=gain.value, interval=gain.interval, p=gain.p)
            for gain in gains
        ),
    )


def _written(component: Component) -> str:
    """Return a component as in a config, without the settings that have their defaults."""
    settings = component.model_dump(mode="json")
    try:
        usual = type(component).model_validate({}).model_dump(mode="json")
    except ValidationError:  # it has settings without defaults
        usual = dict.fromkeys(settings)
    changed = {key: value for key, value in settings.items() if value != usual[key] and key != "use"}
    words = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in changed.items()]
    return "{" + ", ".join([f"use: {settings['use']}", *words]) + "}"
