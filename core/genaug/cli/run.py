"""`genaug run`: execute a config."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from genaug.cli.data_argument import config_for_data, is_data
from genaug.cli.history import since
from genaug.cli.loading import output_folder, pipeline
from genaug.cli.options import ConfigOrData, Data, Json, Out, Set
from genaug.cli.printing import document, stdout_kept_for

if TYPE_CHECKING:
    from genaug.components.registry import Registry


def run(
    config: ConfigOrData, data: Data = None, out: Out = None, set_: Set = None, json_: Json = False
) -> None:
    """Run a config, or your data themselves, and print the verdict.

    The stages learn, generate, select, validate and export. Finished stages in the output folder are
    reused: a stopped run resumes where it was, and a run with another selector reuses the generated
    candidates. The last lines printed are the verdict and the path of the report.

    Data (a folder, a CSV, an .npz, …) are recognized as by `genaug init`; the config is written into the
    output folder and kept: edit it and run it again.

    \b
        genaug run digits.yaml
        genaug run photos                                         # data: the config is written for you
        genaug run digits.yaml --data photos --out runs/photos
        genaug run digits.yaml --set generator.steps=200 --set seed=1
        torchrun --nproc-per-node 2 -m genaug run digits.yaml     # two processes share the fit
    """  # noqa: D301
    from genaug.components.registry import Registry

    folder = output_folder(config, out)
    with stdout_kept_for(json_):
        registry = Registry.installed()
        if is_data(config):
            config, data = config_for_data(config, data, folder, registry), None
    run_config(config, data, folder, set_ or (), json_, registry)


def run_config(
    config: Path, data: Path | None, folder: Path, overrides: Sequence[str], json_: bool, registry: Registry
) -> None:
    """Run a config, and print the verdict and the path of the report."""
    from genaug.execution.history import results
    from genaug.training.processes import process_rank

    with stdout_kept_for(json_):
        chain = pipeline(config, data, overrides, registry)
        before = results(folder)
        record = chain.run(folder)
    if process_rank() > 0:  # only the first process prints the result
        return
    if json_:
        document({"folder": str(folder), **record.plain()})
        return
    reused = sum(stage.reused for stage in record.stages)
    done = (
        f"{len(record.folds)} folds"
        if record.folds
        else f"{len(record.stages)} stages, {reused} of them reused"
    )
    typer.echo(f"{done}; manifest {record.manifest}")
    if record.model:
        typer.echo(record.model.sentence)
    typer.echo(record.verdict.sentence if record.verdict else _no_verdict(registry, chain.preset))
    for caution in record.cautions:
        typer.echo(f"but: {caution}")
    for line in since(before, results(folder), folder):
        typer.echo(line)
    typer.echo(
        f"report: {folder / record.report}"
        if record.report
        else f"results: {folder} (no exporter of this config writes a report; `genaug report {folder}` does)"
    )


def _no_verdict(registry: Registry, preset: str) -> str:
    from genaug.errors import PluginError

    sentence = "no verdict: none of the config's validators gives one"
    try:
        name = registry.preset(preset).verdict
    except PluginError:
        name = None
    return f"{sentence}; {{use: {name}}} does" if name else sentence
