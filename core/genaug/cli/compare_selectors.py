"""`genaug compare-selectors`: find the best chain of selectors for a config."""

import functools
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from genaug.cli.loading import pipeline, source_override
from genaug.cli.options import Config, Data, Json, Set
from genaug.cli.printing import document, stdout_kept_for

PAGE = "selector-comparison"
"""Stem of the page's file name."""


def compare_selectors(
    config: Config,
    data: Data = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FOLDER",
            help="Output folder; finished stages in it are reused. "
            "Default: runs/selector-comparison-<config's name>.",
            show_default=False,
        ),
    ] = None,
    pages: Annotated[
        Path | None,
        typer.Option(
            "--pages",
            metavar="FOLDER",
            help="Also write the page to this folder, as <config's name>.md, .svg, .png and .json.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, metavar="N", help="Number of chains that select in parallel.")
    ] = 1,
    set_: Set = None,
    json_: Json = False,
) -> None:
    """Find the best selectors for a config.

    The generator is fitted and the pool is generated once. Each chain of selectors then selects from
    it, and the task is trained on the real data and the selected candidates, with several seeds. Each
    chain is compared with keeping everything, a random choice of equal size, and no augmentation;
    differences are paired and have confidence intervals. The recommendation is chosen on the
    validation view and reported on the test view.

    CONFIG is an ordinary pipeline: its own chain, each beginning of it, each of its selectors and
    every other installed selector are then compared. Or it names the chains:

    \b
        pipeline: {source: …, split: …, generator: …, strategy: …, task: …}
        chains:
          top-k: [{use: top-k}]
          top-k then realism: [{use: top-k}, {use: realism, at_least: 1.0}]
        protocol: {use: downstream, seeds: 8}

    \b
        genaug compare-selectors digits.yaml --out runs/digits-selectors
        genaug compare-selectors chains.yaml --set protocol.seeds=3 --set pipeline.generator.steps=50

    A chain that fails is reported in the table and does not stop the others; it is tried again the
    next time. Finished stages in the output folder are reused: a stopped comparison resumes where it
    was.
    """  # noqa: D301
    from genaug.components.registry import Registry
    from genaug.config import read
    from genaug.experiments.record import command_line
    from genaug.experiments.selector_comparison.config import SelectorComparison, is_selector_comparison
    from genaug.experiments.selector_comparison.page import SELECTOR_COMPARISON
    from genaug.experiments.selector_comparison.results import recorded
    from genaug.experiments.selector_comparison.run import compare

    folder = Path("runs") / f"{PAGE}-{config.stem}" if out is None else out
    with stdout_kept_for(json_):
        registry, content = Registry.installed(), read(config).data
        if is_selector_comparison(content):
            source = content["pipeline"].get("source") if isinstance(content.get("pipeline"), dict) else None
            given = [] if data is None else [f"pipeline.{source_override(source, data, registry)}"]
            asked = SelectorComparison.from_file(config, [*given, *(set_ or ())], registry)
        else:
            asked = SelectorComparison.of(pipeline(config, data, set_ or (), registry), registry)
        outcome = compare(asked, folder, jobs, lambda line: typer.echo(line, err=True))
        if outcome is None:  # only the first process prints the result
            return
        options = {"--data": data, "--out": out, "--pages": pages}
        record = recorded(outcome, command_line("compare-selectors", config, options, set_ or ()))
        targets = [(folder, PAGE, "comparison.json")]
        if pages is not None:
            targets.append((pages, config.stem, ""))
        written = [
            path
            for target in targets
            for path in SELECTOR_COMPARISON.write(record, outcome.picture_rows(), asked.pictures, *target)
        ]
    if json_:
        said = json.loads(outcome.comparison.model_dump_json())
        document({"folder": str(folder), "page": str(written[0]), **said})
        return
    for path in written[1:]:
        typer.echo(f"wrote {path}")
    typer.echo(f"{outcome.comparison.sentence}. The page: {written[0]}")


@functools.wraps(compare_selectors)
def bake_off(**settings: Any) -> None:
    typer.echo(
        "`genaug bake-off` is now `genaug compare-selectors`; the old name works for one release", err=True
    )
    compare_selectors(**settings)
