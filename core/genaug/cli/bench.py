"""`genaug bench`: execute the runs of a study, and compare them."""

from pathlib import Path
from typing import Annotated

import typer

from genaug.cli.options import Set


def bench(
    study: Annotated[
        Path,
        typer.Argument(metavar="STUDY", help="A study: a .yaml or .toml file with arms.", show_default=False),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="FOLDER",
            help="Folder of the table: <study's name>.md, .json, .svg and .png.",
        ),
    ] = Path("."),
    work: Annotated[
        Path,
        typer.Option(
            "--work",
            metavar="FOLDER",
            help="Folder of the runs; studies share runs that they have in common.",
        ),
    ] = Path("runs/bench"),
    jobs: Annotated[int, typer.Option("--jobs", min=1, metavar="N", help="Number of runs in parallel.")] = 1,
    only: Annotated[
        str | None,
        typer.Option(
            "--only",
            metavar="ARM,ARM",
            help="Execute only the runs of these arms; the table also shows finished runs of others.",
            show_default=False,
        ),
    ] = None,
    table_only: Annotated[
        bool, typer.Option("--table-only", help="Execute no runs; write the table of the finished ones.")
    ] = False,
    set_: Set = None,
) -> None:
    """Compare arms of a pipeline over seeds.

    A study is a file with a `base` pipeline, `arms` that change some of its settings, `seeds` that
    repeat it and the `figures` to compare. Each arm and seed is an ordinary run in its own folder.
    The arms of a seed learn from the same split, so differences are paired; they are shown with
    confidence intervals. Finished runs are not repeated: a stopped study resumes where it was, and a
    new arm adds only its own runs. A run that fails is reported in the table and does not stop the
    others.

    \b
        title: Does R1 help?
        seeds: [0, 1, 2]
        base: {source: …, generator: {use: gan, …}, strategy: …, validators: [{use: fidelity}]}
        compare_with: plain
        arms:
          plain: {}
          r1: {generator.regularizers: [{use: r1, gamma: 0.1}]}
        figures: ['fidelity.frechet_distance[pool]', seconds.fit]

    \b
        genaug bench study.yaml --out tables --jobs 2
        genaug bench study.yaml --set base.generator.steps=5 --set 'seeds=[0, 1]'   # a quick try
        genaug bench study.yaml --out tables --table-only

    Exit code 1: some runs failed; the table says which and why.
    """  # noqa: D301
    from genaug.errors import ConfigError
    from genaug.experiments.figures import BUILT_IN
    from genaug.experiments.outcomes import Outcomes
    from genaug.experiments.record import command_line
    from genaug.experiments.runner import make
    from genaug.experiments.runs import LOG, Run
    from genaug.experiments.study.page import STUDY
    from genaug.experiments.study.plan import planned
    from genaug.experiments.study.results import picture_rows, recorded
    from genaug.experiments.study.study import read

    asked, file = read(study, set_ or ())
    runs = planned(asked, file, work)
    arms = [arm.strip() for arm in only.split(",")] if only else list(asked.arms)
    if unknown := [arm for arm in arms if arm not in asked.arms]:
        raise ConfigError(f"--only {only}: no arm {unknown[0]!r}; the arms are {', '.join(asked.arms)}")

    def look(run: Run) -> None:
        # A misspelt figure is reported after the first run, not after the last one.
        Outcomes.of([run]).check_figures(asked.figures, lambda group: group not in BUILT_IN)

    failed = []
    if not table_only:
        chosen = [run for run in runs if run.arm in arms]
        failed = make(chosen, jobs, lambda line: typer.echo(line, err=True), look)
    outcomes = Outcomes.of(runs)
    # The page does not depend on the folder of the runs.
    command = command_line("bench", study, {"--out": out, "--only": only}, set_ or ())
    record = recorded(asked, outcomes, command)
    columns = asked.pictures.columns if asked.pictures else 0
    rows = picture_rows(asked, outcomes.finished)
    for path in STUDY.write(record, rows, columns, out, study.stem):
        typer.echo(f"wrote {path}")
    for run in failed:
        typer.echo(f"failed: {run.label}: {run.why_unfinished()}; its log: {run.folder / LOG}", err=True)
    if failed:
        raise typer.Exit(1)
