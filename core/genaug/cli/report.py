"""`genaug report`: build the page of a finished run again."""

from pathlib import Path
from typing import Annotated

import typer

from genaug.cli.history import print_history
from genaug.cli.options import Json

Run = Annotated[
    Path, typer.Argument(metavar="RUN", help="The output folder of a finished run.", show_default=False)
]


History = Annotated[
    bool,
    typer.Option("--history", help="Print the former results of the output folder; build nothing."),
]


def report(run: Run, history: History = False, json_: Json = False) -> None:
    """Build the report of a finished run again, or print the history of its results.

    It is built from the artifacts in the output folder: nothing is learned, generated or measured. A
    run without an exporter that writes a page gets the default page of its preset.

    A run with other settings in the same output folder replaces the report, not the result: `--history`
    prints every result that the folder has had, with what was changed and the page as it was then.

    \b
        genaug report runs/digits
        genaug report runs/digits --history
    """  # noqa: D301
    if history:
        print_history(run, json_)
        return
    from genaug.components.registry import Registry
    from genaug.errors import ConfigError
    from genaug.pipeline import load

    finished = load(run)
    pipeline = finished.pipeline
    if not any(exporter.page for exporter in pipeline.exporters):
        page = Registry.installed().preset(pipeline.preset).page
        if page is None:
            raise ConfigError(
                f"{run}: the run's config has no exporter that writes a page, and the preset "
                f"{pipeline.preset!r} names none: add one to the config and run it again"
            )
        pipeline = pipeline.with_changes(exporters=(*pipeline.exporters, page))
    with finished.working_directory():
        record = pipeline.report(finished.folder)
    typer.echo(
        record.verdict.sentence if record.verdict else "no verdict: this run has no validator that gives one"
    )
    for caution in record.cautions:
        typer.echo(f"but: {caution}")
    typer.echo(f"report: {run / str(record.report)}")
