"""Arguments of the commands that work on a finished run, and the exporter that they name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from genaug.contracts import Exporter

FinishedRun = Annotated[
    Path, typer.Argument(metavar="RUN", help="The output folder of a finished run.", show_default=False)
]
Target = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FOLDER",
        help="An empty or new folder to write to. Default: a folder in the run's output folder.",
        show_default=False,
    ),
]
ExporterSet = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="SETTING=VALUE",
        help="A setting of the exporter: --set real=false. May be repeated.",
        show_default=False,
    ),
]


def exporter_of(name: str, settings: Sequence[str]) -> Exporter:
    """Return the exporter of this name with settings like ``real=false``.

    Raises:
        ConfigError: where a setting does not exist, or has a wrong value.
        PluginError: where there is no such exporter.
    """
    from genaug.components.registry import Registry
    from genaug.config.file import ConfigFile
    from genaug.config.validation import validated

    registry = Registry.installed()
    made, entry = registry.get("exporter", name), registry.find("exporter", name)
    file = ConfigFile(f"--as {name}", {})
    for setting in settings:
        file.override(setting)
    exporter: Exporter = validated(made, file, registry)  # type: ignore[assignment]
    return exporter.referred_to_as(entry.full_name) if ":" in name else exporter
