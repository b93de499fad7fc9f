"""`genaug init`: write a starter config."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Images, with a subfolder for each class.", show_default=False),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="The config to write. Default: <folder's name>.yaml.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write a config for a folder of images.

    The config runs without changes, and comments explain every value. The folder is only read.

    \b
        genaug init photos
        genaug init ~/data/photos --out configs/photos.yaml
    """  # noqa: D301
    from genaug.cli.starter import look, starter
    from genaug.components.registry import Registry
    from genaug.errors import ConfigError

    target = out or Path(f"{folder.resolve().name or 'images'}.yaml")
    if target.suffix.lower() not in (".yaml", ".yml"):
        raise ConfigError(f"{target}: a starter config is YAML: give a name that ends in .yaml")
    if target.exists() and not force:
        raise ConfigError(
            f"{target} exists already: give another name with --out, or overwrite it with --force"
        )
    registry = Registry.installed()
    preset = registry.preset().starter
    if preset is None:
        raise ConfigError("the default preset has no config to start from: write one by hand")
    found = look(folder, registry, preset.source)
    try:
        target.write_text(starter(folder, found, registry, preset.template), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{target}: cannot be written: {error.strerror}") from error
    typer.echo(f"wrote {target}, for {found.images} images in {len(found.classes)} classes. Next:")
    typer.echo(f"  genaug check {target}\n  genaug run {target}")
