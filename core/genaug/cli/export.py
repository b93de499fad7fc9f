"""`genaug export`: export a finished run once more."""

from typing import Annotated

import typer

from genaug.cli.options import Json
from genaug.cli.printing import document, stdout_kept_for
from genaug.cli.runs import ExporterSet, FinishedRun, Target, exporter_of

As = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="EXPORTER",
        help="The exporter, e.g. webdataset; `genaug plugins list --kind exporter` lists them.",
        show_default=False,
    ),
]


def export(
    run: FinishedRun, as_: As, out: Target = None, set_: ExporterSet = None, json_: Json = False
) -> None:
    """Export a finished run once more, without learning, generating or measuring anything.

    The exporter gets what those of the config get. Without --out it writes into a folder of its name in
    the run's output folder, and replaces an earlier export there.

    \b
        genaug export runs/photos --as webdataset
        genaug export runs/photos --as image-folder --set real=all --out augmented
    """  # noqa: D301
    from genaug.pipeline import load

    with stdout_kept_for(json_):
        folder = load(run).export(exporter_of(as_, set_ or ()), out)
    if json_:
        document({"folder": str(folder)})
    else:
        typer.echo(f"exported: {folder}")
