"""`genaug check`: check a config and its data without training."""

from collections.abc import Iterator, Mapping
from typing import Any

import typer

from genaug.cli.loading import output_folder, pipeline
from genaug.cli.options import Config, Data, Json, Out, Set
from genaug.cli.printing import document, stdout_kept_for, table

COLUMNS = 40
"""Number of columns of a table that are printed."""


def check(config: Config, data: Data = None, out: Out = None, set_: Set = None, json_: Json = False) -> None:
    """Check a config and its data, without training.

    Validates the config, audits the data and prints the stages of a run. Nothing is written.

    \b
        genaug check digits.yaml
        genaug check digits.yaml --data photos
    """  # noqa: D301
    from genaug.components.registry import Registry
    from genaug.data.brief import brief

    with stdout_kept_for(json_):
        registry = Registry.installed()
        found = pipeline(config, data, set_ or (), registry).check(output_folder(config, out))
    audit = found.audit
    if json_:
        document(
            {
                "audit": audit,
                "remarks": list(found.remarks),
                "forecasts": found.forecasts,
                "model": found.model,
                "stages": [{"stage": stage, "finished": done} for stage, done in found.stages],
            }
        )
        return
    typer.echo(f"{audit['samples']} samples in {len(audit['classes'])} classes\n")
    views = audit["views"]
    table(
        ["class", "samples", *views],
        [[name, count, *(view[name] for view in views.values())] for name, count in audit["classes"].items()],
    )
    columns = audit.get("columns", ())
    if columns:
        typer.echo(f"\n{len(columns)} columns:")
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
    for name, forecast in found.forecasts.items():
        typer.echo(f"\nForecast of the verdict ({name}):")
        for line in forecast_lines(forecast):
            typer.echo(f"- {line}")
    if found.model:
        typer.echo(f"\n{found.model[0].upper()}{found.model[1:]}")
    typer.echo("\nStages of a run:")
    for stage, done in found.stages:
        typer.echo(f"- {stage}{' (finished)' if done else ''}")


def forecast_lines(forecast: Mapping[str, Any]) -> Iterator[str]:
    """Yield a forecast in words; see `genaug.contracts.Forecast`."""
    yield from forecast["obstacles"]
    effect = forecast["minimum_detectable_effect"]
    if effect is not None and not forecast["obstacles"]:
        yield (
            f"a true {forecast['metric']} gain of {effect:.3f} would be found 4 times in 5, with "
            f"{forecast['test_samples']} test samples and {forecast['seeds']} seeds: an estimate "
            f"({forecast['assumed']})"
        )
    if forecast["fits"]:
        yield f"{len(forecast['fits'])} fits of the task"
