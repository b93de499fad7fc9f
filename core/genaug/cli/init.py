"""`genaug init`: a config to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Images, with a folder for each class.", show_default=False),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Default: <folder's name>.yaml, here.", show_default=False
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there already.")] = False,
) -> None:
    """Look at a folder of images and write a config for it that runs as it is.

    Every value in it is explained, so that it can be changed; nothing in the folder is.

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
            f"{target} is there already: give another name with --out, or --force to replace it"
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
    typer.echo(f"wrote {target}, for {found.images} images in {len(found.classes)} classes. Now:")
    typer.echo(f"  genaug check {target}\n  genaug run {target}")
