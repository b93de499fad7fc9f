"""Arguments and options of several commands."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path,
    typer.Argument(
        metavar="CONFIG",
        help="A .yaml or .toml file; paths in it are relative to the current directory.",
        show_default=False,
    ),
]
ConfigOrData = Annotated[
    Path,
    typer.Argument(
        metavar="CONFIG|DATA",
        help="A .yaml or .toml file, or data: a folder, a CSV, an .npz, … (see genaug init).",
        show_default=False,
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="PATH",
        help="Your data instead of the config's: a folder or file that genaug init recognizes.",
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FOLDER",
        help="Output folder; finished stages in it are reused. Default: runs/<config's name>.",
        show_default=False,
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Override a setting: generator.steps=200, 'selectors[1].at_least=0.9'. May be repeated.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else.")]
Kind = Annotated[
    str | None,
    typer.Option("--kind", metavar="KIND", help="Only this kind, e.g. selector.", show_default=False),
]
