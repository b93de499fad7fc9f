"""`genaug init`: write a starter config."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from genaug.cli.starter import Found
    from genaug.components.registry import Registry


def init(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="A folder or file: images or texts with a subfolder for each class, a CSV, .npz, ….",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="The config to write. Default: <the data's name>.yaml.",
            show_default=False,
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            metavar="NAME",
            help="Read the data with this source rather than with the one that recognizes them.",
            show_default=False,
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="SETTING=VALUE",
            help="Set a setting of the source, e.g. label=churn. May be repeated.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write a config for your data.

    The kind of data is recognized; source, generator, selectors and sizes are chosen for it. The config runs
    without changes, and comments explain every value. The data are only read.

    \b
        genaug init photos
        genaug init customers.csv --set label=churn
        genaug init ~/data/photos --out configs/photos.yaml
    """  # noqa: D301
    from genaug.components.registry import Registry
    from genaug.data.summary import count

    target = out or Path(f"{data.resolve().stem if data.is_file() else data.resolve().name or 'data'}.yaml")
    found = write_starter(data, target, Registry.installed(), force=force, source=source, given=set_ or ())
    for line in found.said():
        typer.echo(line)
    samples = count(len(found.dataset.samples), "sample")
    typer.echo(f"wrote {target}, for {samples} in {count(len(found.classes), 'class', 'classes')}. Next:")
    name = shlex.quote(str(target))
    typer.echo(f"  genaug check {name}\n  genaug run {name}")


def write_starter(
    data: Path,
    target: Path,
    registry: Registry,
    *,
    force: bool = False,
    source: str | None = None,
    given: Sequence[str] = (),
    candidates: Path | None = None,
    of_candidates: Sequence[str] = (),
) -> Found:
    """Write a starter config for data; return what was found.

    Args:
        data: the data.
        target: the file to write.
        registry: where components are looked up.
        force: whether an existing file is overwritten.
        source: name of the source; None: the surest.
        given: ``SETTING=VALUE`` for settings of the source.
        candidates: samples that another tool made, which the config is to judge; None: they are generated.
        of_candidates: ``SETTING=VALUE`` for settings of their source.

    Raises:
        ConfigError: where the file cannot be written.
        DataError: where nothing can be learned from the data.
    """
    from genaug.cli.starter import look, look_at_candidates, starter
    from genaug.errors import ConfigError

    if target.suffix.lower() not in (".yaml", ".yml"):
        raise ConfigError(f"{target}: a starter config is YAML: give a name that ends in .yaml")
    if target.exists() and not force:
        raise ConfigError(
            f"{target} exists already: give another name with --out, or overwrite it with --force"
        )
    preset = registry.preset().starter
    if preset is None:
        raise ConfigError("the default preset has no config to start from: write one by hand")
    found = look(data, registry, source, _settings(given))
    made = None
    if candidates is not None:
        made = look_at_candidates(candidates, found, registry, _settings(of_candidates))
        found = replace(found, candidates=made)
    text = starter(found, registry, preset.templates, made)
    partial = target.with_name(f".{target.name}.partial")
    try:  # a kill leaves no half of a config
        partial.write_text(text, encoding="utf-8")
        partial.replace(target)
    except OSError as error:
        raise ConfigError(f"{target}: cannot be written: {error.strerror}") from error
    return found


def _settings(given: Sequence[str]) -> Mapping[str, Any]:
    from genaug.config.file import ConfigFile

    file = ConfigFile("--set", {})
    for text in given:
        file.override(text.removeprefix("source."))
    return file.data
