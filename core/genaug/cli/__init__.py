"""The command line, one module for each command.

A command imports what it needs when it runs, so that help is shown at once.
"""

import contextlib
import io
import shlex
import sys
import warnings
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from genaug import __version__
from genaug.cli.bench import bench
from genaug.cli.check import check
from genaug.cli.compare import compare
from genaug.cli.compare_selectors import bake_off, compare_selectors
from genaug.cli.export import export
from genaug.cli.init import init
from genaug.cli.judge import judge
from genaug.cli.plugins_check import check_plugin
from genaug.cli.plugins_doctor import doctor
from genaug.cli.plugins_info import info
from genaug.cli.plugins_list import list_plugins
from genaug.cli.plugins_new import new
from genaug.cli.printing import printable_lines
from genaug.cli.report import report
from genaug.cli.run import run
from genaug.cli.sample import sample
from genaug.cli.schema import schema
from genaug.components.machine_faults import naming_machine_faults
from genaug.errors import GenaugError, GenaugWarning

MENDABLE = 2
"""Exit code of errors that the user can fix."""
INTERRUPTED = 130

ABOUT = """Generative data augmentation that proves whether it helps.

Learns a generator from the training part of your data, generates candidates, keeps the good ones,
and measures on held-out data, with a confidence interval, whether they help.

\b
    genaug run photos                      # your data: a folder of images, a CSV, an .npz, …
    genaug init photos                     # or step by step: write photos.yaml for the data
    genaug check photos.yaml               # audit the data, print the plan
    genaug run photos.yaml                 # run it; the last lines are the verdict and the report
    genaug judge photos --candidates made  # samples that another tool made: do they help?
    genaug report runs/photos              # build the report again
    genaug sample runs/photos --class lynx --count 500   # more samples from a finished run
    genaug export runs/photos --as webdataset            # another export of a finished run
    genaug compare runs/a runs/b           # compare finished runs
    genaug compare-selectors photos.yaml   # find the best selectors for this config
    genaug bench study.yaml                # compare arms over seeds
    genaug plugins list                    # list the installed plugins
    genaug plugins new NAME --kind KIND    # write a package with a plugin to start from

Exit codes: 0 success; 1 a bug in genaug, a broken plugin (doctor), or failed runs (bench);
2 an error that you can fix, with a message that says how; 130 interrupted.
"""


class _Commands(TyperGroup):
    """A command group that prints a `GenaugError` as a message and exits with its code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            with _warnings_printed(), naming_machine_faults():
                return super().invoke(ctx)
        except GenaugError as error:
            message = "\n".join([str(error), *getattr(error, "__notes__", [])])
            typer.echo("error: " + printable_lines(message).replace("\n", "\n       "), err=True)
            raise typer.Exit(MENDABLE) from error
        except KeyboardInterrupt as interrupt:
            again = f"; to resume: {shlex.join(['genaug', *sys.argv[1:]])}"
            resumes = ctx.invoked_subcommand in ("run", "sample", "compare-selectors", "bench")
            typer.echo(f"\ninterrupted{again if resumes else ''}", err=True)
            raise typer.Exit(INTERRUPTED) from interrupt


@contextlib.contextmanager
def _warnings_printed() -> Iterator[None]:
    """Print each warning of genaug as one line on stderr, without its location in the code."""
    with warnings.catch_warnings():
        shown = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *rest: Any, **named: Any) -> None:
            if issubclass(category, GenaugWarning):
                typer.echo(f"warning: {printable_lines(str(message))}", err=True)
            else:
                shown(message, category, *rest, **named)

        warnings.simplefilter("always", GenaugWarning)
        warnings.showwarning = show
        yield


app = typer.Typer(
    cls=_Commands,
    help=ABOUT,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
plugins = typer.Typer(
    help="List, describe and check the installed plugins; write a new one.",
    rich_markup_mode=None,
    no_args_is_help=True,
)

app.command()(run)
app.command()(judge)
app.command()(report)
app.command()(sample)
app.command()(export)
app.command()(compare)
app.command()(check)
app.command()(init)
app.command("compare-selectors")(compare_selectors)
app.command("bake-off", hidden=True)(bake_off)
app.command()(bench)
app.command()(schema)
app.add_typer(plugins, name="plugins")
plugins.command("list")(list_plugins)
plugins.command()(info)
plugins.command()(new)
plugins.command("check")(check_plugin)
plugins.command()(doctor)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"genaug {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Define the options of the command itself; `ABOUT` is its help."""


def main() -> None:
    """Run the command line and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # names of files, or a narrow locale, stop no command
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="genaug")
