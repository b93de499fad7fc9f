"""Data where a command takes a config."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from genaug.cli.init import write_starter
from genaug.errors import ConfigError

if TYPE_CHECKING:
    from genaug.components.registry import Registry


def is_data(path: Path) -> bool:
    """Return whether an argument is data, an existing file or folder that is no config."""
    from genaug.config.file import SUFFIXES

    return path.suffix.lower() not in SUFFIXES and path.expanduser().exists()


def config_for_data(path: Path, other: Path | None, folder: Path, registry: Registry) -> Path:
    """Return the config of a run on data: written into the output folder, or the one that is there already.

    What was recognized and where the config is are printed.

    Args:
        path: the data.
        other: the value of ``--data``.
        folder: the output folder.
        registry: where components are looked up.

    Raises:
        ConfigError: where ``path`` is a run, other data are given too, or the output folder has the config of
            other data.
        DataError: where nothing can be learned from the data.
    """
    from genaug import config
    from genaug.execution.record import FILE

    if (path / FILE).is_file():
        raise ConfigError(
            f"{path} is the folder of a run: `genaug report {path}` shows it; to run again, give its config"
        )
    if other is not None:
        raise ConfigError(f"{path} is data, so --data {other} is one too many: give one of them, or a config")
    target = folder / f"{folder.name}.yaml"
    if target.exists():
        source = config.read(target).data.get("source")
        kept = source.get("path") if isinstance(source, dict) else None
        if kept is None or Path(kept) != path:
            raise ConfigError(
                f"{target} is the config of other data, {kept}: choose another output folder with --out"
            )
        typer.echo(f"config: {target}, as it is kept there; to start afresh, remove it")
        return target
    inside = folder.resolve().is_relative_to(path.resolve()) if path.is_dir() else False
    if inside:
        raise ConfigError(
            f"the output folder {folder} is inside of the data {path}: choose another one with --out"
        )
    existed = folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        found = write_starter(path, target, registry)
    except BaseException:
        if not existed:
            folder.rmdir()
        raise
    for line in found.said():
        typer.echo(line)
    typer.echo(f"config: {target}; edit it and `genaug run {target} --out {folder}`")
    return target
