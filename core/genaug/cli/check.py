"""`genaug check`: check a config and its data without training."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genaug.cli.loading import output_folder, pipeline
from genaug.cli.options import Config, Data, Json, Out, Set
from genaug.cli.printing import document, stdout_kept_for, table

if TYPE_CHECKING:
    from genaug.execution.cost.forecast import CostForecast

COLUMNS = 40
"""Number of columns of a table that are printed."""


Measured = Annotated[
    bool,
    typer.Option(
        "--forecast",
        help="Also measure time and memory: each stage is started, in a temporary folder, for some seconds.",
    ),
]


def check(
    config: Config,
    data: Data = None,
    out: Out = None,
    set_: Set = None,
    json_: Json = False,
    forecast: Measured = False,
) -> None:
    """Check a config and its data, without training.

    Validates the config, audits the data, and prints what the verdict can find out and the stages of a run.
    Nothing is written. With --forecast it takes a minute or so, and says how much time and memory the run
    will need.

    \b
        genaug check digits.yaml
        genaug check digits.yaml --data photos
        genaug check digits.yaml --forecast
    """  # noqa: D301
    from genaug.components.registry import Registry
    from genaug.data.brief import brief
    from genaug.data.summary import count

    with stdout_kept_for(json_):
        registry = Registry.installed()
        found = pipeline(config, data, set_ or (), registry).check(output_folder(config, out), forecast)
    audit = found.audit
    if json_:
        document(
            {
                "audit": audit,
                "remarks": list(found.remarks),
                "forecasts": found.forecasts,
                "model": found.model,
                "stages": [{"stage": stage, "finished": done} for stage, done in found.stages],
                "cost": None if found.cost is None else found.cost.plain(),
            }
        )
        return
    grouped = "" if not audit.get("groups") else f", of {audit['groups']:,} groups, each kept in one view"
    classes = count(len(audit["classes"]), "class", "classes")
    typer.echo(f"{count(audit['samples'], 'sample')} in {classes}{grouped}\n")
    views = audit["views"]
    table(
        ["class", "samples", *views],
        [[name, count, *(view[name] for view in views.values())] for name, count in audit["classes"].items()],
    )
    columns = audit.get("columns", ())
    if columns:
        typer.echo(f"\n{count(len(columns), 'column')}:")
        fields = ("name", "type", "missing", "values")
        table(["column", *fields[1:]], [[column[name] for name in fields] for column in columns[:COLUMNS]])
        if len(columns) > COLUMNS:
            typer.echo(f"and {len(columns) - COLUMNS} more; --json has all")
    remarks = [*audit["problems"], *audit["notes"]]
    if remarks:
        typer.echo("\nNotes on the data:")
    for remark in brief(remarks):
        typer.echo(f"- {remark}")
    if found.remarks:
        typer.echo("\nNotes on the settings:")
    for remark in brief(found.remarks):
        typer.echo(f"- {remark}")
    for name, verdict in found.forecasts.items():
        typer.echo(f"\nForecast of the verdict ({name}):")
        for line in forecast_lines(verdict):
            typer.echo(f"- {line}")
    if found.model:
        typer.echo(f"\n{found.model[0].upper()}{found.model[1:]}")
    typer.echo("\nStages of a run:")
    for stage, done in found.stages:
        typer.echo(f"- {stage}{' (finished)' if done else ''}")
    if found.cost is None:
        typer.echo("\nTime and memory: not measured; --forecast starts each stage for some seconds")
    else:
        print_cost(found.cost)


def print_cost(cost: "CostForecast") -> None:
    """Print the time and memory that a run is expected to need."""
    typer.echo(
        f"\nTime and memory, measured in {duration(cost.took)}: each stage was started, and stopped early"
    )
    table(
        ["stage", "time", "memory", "measured"],
        [
            [one.stage, between(one.seconds), "" if one.memory is None else megabytes(one.memory), one.basis]
            for one in cost.stages
        ],
    )
    least, most = cost.memory
    runs = "" if cost.runs == 1 else f", for {cost.runs} folds"
    peak = megabytes(least) if least == most else f"{megabytes(least)} to {megabytes(most)}"
    typer.echo(f"The run: {between(cost.seconds)}{runs}, with the present load of this machine; {peak}")
    for warning in cost.warnings():
        typer.echo(f"- {warning}")


def between(seconds: tuple[float, float | None] | None) -> str:
    """Return a range of times in words: ``2 to 5 min``."""
    if seconds is None:
        return "?"
    low, high = seconds
    if high is None:
        return f"{duration(low)} or more"
    short, long = duration(low), duration(high)
    if short == long:
        return short
    number, unit = short.split()
    return f"{number} to {long}" if long.endswith(unit) else f"{short} to {long}"


def duration(seconds: float) -> str:
    """Return a time with the precision that it has: ``12 s``, ``4 min``, ``1.5 h``."""
    if seconds < 100:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def megabytes(size: int) -> str:
    """Return a size in words, rounded to 10 MB."""
    return f"{round(size / 2**20, -1):,.0f} MB"


def forecast_lines(forecast: Mapping[str, Any]) -> Iterator[str]:
    """Yield a forecast in words; see `genaug.contracts.Forecast`."""
    from genaug.data.summary import count

    yield from forecast["obstacles"]
    effect = forecast["minimum_detectable_effect"]
    if effect is not None and not forecast["obstacles"]:
        yield (
            f"a true {forecast['metric']} gain of {effect:.3f} would be found 4 times in 5, with "
            f"{count(forecast['test_samples'], 'test sample')} and {count(forecast['seeds'], 'seed')}: an "
            f"estimate ({forecast['assumed']})"
        )
    if forecast["fits"]:
        yield f"{len(forecast['fits'])} fits of the task"
