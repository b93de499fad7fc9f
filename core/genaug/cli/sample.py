"""`genaug sample`: make further samples with the generator of a finished run."""

from typing import Annotated

import typer

from genaug.cli.options import Json
from genaug.cli.printing import document, stdout_kept_for
from genaug.cli.runs import ExporterSet, FinishedRun, Target, exporter_of

Classes = Annotated[
    list[str],
    typer.Option(
        "--class", metavar="NAME", help="Class of the samples. May be repeated.", show_default=False
    ),
]
Count = Annotated[
    int, typer.Option("--count", min=1, metavar="N", help="Samples of each class.", show_default=False)
]
Select = Annotated[
    bool, typer.Option("--select", help="Let the run's selectors choose, and export what they keep.")
]
As = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="EXPORTER",
        help="What writes the samples. Default: the first exporter of the run's config that writes data.",
        show_default=False,
    ),
]


def sample(
    run: FinishedRun,
    class_: Classes,
    count: Count,
    select: Select = False,
    as_: As = None,
    out: Target = None,
    set_: ExporterSet = None,
    json_: Json = False,
) -> None:
    """Make further samples with the fitted generator of a finished run.

    Nothing is learned. Seeds continue where the run, or the last order, ended: no sample is made twice.
    The samples are exported without real ones, with their lineage, into a folder in the run's output folder
    or to --out. A stopped command resumes when it is given again.

    \b
        genaug sample runs/photos --class lynx --count 500
        genaug sample runs/photos --class lynx --class wolf --count 200 --select --out more
        genaug sample runs/photos --class lynx --count 50 --as hugging-face
    """  # noqa: D301
    from genaug.errors import ConfigError
    from genaug.pipeline import load

    with stdout_kept_for(json_):
        finished = load(run)
        if as_ is None:
            with finished.working_directory():
                writing = [one for one in finished.pipeline.exporters if not one.page]
            if not writing:
                raise ConfigError(
                    f"{run}: the run's config has no exporter that writes data: name one with --as, e.g. "
                    "one of `genaug plugins list --kind exporter`"
                )
            exporter = writing[0]
        else:
            exporter = exporter_of(as_, set_ or ())
        if as_ is None and set_:
            raise ConfigError("--set changes the exporter that --as names: name one")
        made = finished.sampler.sample_classes(dict.fromkeys(class_, count), select, exporter, out)
    kept = int(made.funnel.kept.sum())
    if json_:
        document({"folder": str(made.folder), "made": len(made.pool), "kept": kept})
    else:
        what = f"{len(made.pool):,} samples, {kept:,} of them kept" if select else f"{kept:,} samples"
        typer.echo(f"{what}: {made.folder}")
