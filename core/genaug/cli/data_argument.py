"""Data where a command takes a config."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from genaug.cli.init import write_starter
from genaug.errors import ConfigError

if TYPE_CHECKING:
    from genaug.components.registry import Registry

OF_CANDIDATES = "generator.source."
"""Prefix of the settings of the source of candidates."""


def is_data(path: Path) -> bool:
    """Return whether an argument is data, an existing file or folder that is no config."""
    from genaug.config.file import SUFFIXES

    return path.suffix.lower() not in SUFFIXES and path.expanduser().exists()


def config_for_data(
    path: Path,
    other: Path | None,
    folder: Path,
    registry: Registry,
    candidates: Path | None = None,
    overrides: Sequence[str] = (),
) -> Path:
    """Return the config of a run on data: written into the output folder, or the one that is there already.

    What was recognized and where the config is are printed.

    Args:
        path: the data.
        other: the value of ``--data``.
        folder: the output folder.
        registry: where components are looked up.
        candidates: samples that another tool made, which the run is to judge; None: they are generated.
        overrides: ``SETTING=VALUE`` of the command; those of the source of the candidates are read.

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
        written = config.read(target).data
        kept = _path(written.get("source"))
        made = _path(_settings(written.get("generator")).get("source"))
        if made != candidates:
            raise ConfigError(
                f"{target} is the config of {f'the candidates {made}' if made else 'generated samples'}: "
                "choose another output folder with --out"
            )
        if kept is None or kept != path:
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
    new = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"the output folder {folder} cannot be made: {error.strerror}. Choose another one with --out"
        ) from error
    try:
        found = write_starter(
            path,
            target,
            registry,
            candidates=candidates,
            of_candidates=[
                one.removeprefix(OF_CANDIDATES) for one in overrides if one.startswith(OF_CANDIDATES)
            ],
        )
    except BaseException:  # interrupts, too, leave no empty folders; the error is raised again
        with suppress(OSError):  # a half-written config stays, and does not hide the error
            for one in new:
                one.rmdir()
        raise
    for line in found.said():
        typer.echo(line)
    again = shlex.join(["genaug", "run", str(target), "--out", str(folder)])
    typer.echo(f"config: {target}; edit it and `{again}`")
    return target


def _settings(component: object) -> dict[str, object]:
    return component if isinstance(component, dict) else {}


def _path(source: object) -> Path | None:
    """Return the path of a source in a config."""
    path = _settings(source).get("path")
    return Path(str(path)) if path is not None else None
