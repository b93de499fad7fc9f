"""`genaug judge`: whether samples that another tool made help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from genaug.cli.data_argument import config_for_data, is_data
from genaug.cli.loading import output_folder
from genaug.cli.options import Json, Out, Set
from genaug.cli.printing import stdout_kept_for
from genaug.cli.run import run_config


def judge(
    real: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="Your real data: a folder, a CSV, an .npz, … (see genaug init).",
            show_default=False,
        ),
    ],
    candidates: Annotated[
        Path,
        typer.Option(
            "--candidates",
            metavar="PATH",
            help="The samples that another tool made, in the same form or in another, with the same classes.",
            show_default=False,
        ),
    ],
    out: Out = None,
    set_: Set = None,
    json_: Json = False,
) -> None:
    """Select among samples that another tool made, and print whether they help.

    The candidates go through what generated ones go through: copies of training samples are dropped, the
    rest is filtered, and models trained with and without them are compared on data that nothing has seen.
    The config is written into the output folder and kept: edit it and run it again.

    \b
        genaug judge photos --candidates made
        genaug judge customers.csv --candidates synthetic.parquet --set generator.other_classes=true
    """  # noqa: D301
    from genaug.components.registry import Registry
    from genaug.errors import ConfigError

    if not is_data(real):
        raise ConfigError(
            f"{real} is not data: give the folder or file of the real samples. To judge by a config of your "
            "own, name a generator in it that reads samples from files, and `genaug run` it"
        )
    folder = out or output_folder(Path(f"{real.resolve().stem}-{candidates.resolve().stem}"), None)
    registry = Registry.installed()
    with stdout_kept_for(json_):
        config = config_for_data(real, None, folder, registry, candidates, set_ or ())
    run_config(config, None, folder, set_ or (), json_, registry)
