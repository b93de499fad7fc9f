"""`genaug schema`: write the JSON schema of configs."""

import json
from pathlib import Path
from typing import Annotated

import typer

from genaug.cli.printing import document, stdout_kept_for


def schema(
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="File to write instead of stdout.", show_default=False),
    ] = None,
) -> None:
    """Write the JSON schema of configs, for editors.

    It includes every installed component. An editor with this schema completes names and settings, and
    marks mistakes. In a YAML file:

    \b
        genaug schema --out genaug.schema.json
        # yaml-language-server: $schema=genaug.schema.json     (first line of the config)
    """  # noqa: D301
    from genaug.components.registry import Registry
    from genaug.components.schema import schema as schema_of
    from genaug.errors import ConfigError
    from genaug.pipeline import Pipeline

    with stdout_kept_for(True):
        found, broken = schema_of(Pipeline, Registry.installed())
    for entry, error in broken:
        typer.echo(f"left out: {entry.kind} {entry.name}: {error}", err=True)
    if out is None:
        document(found)
        return
    try:
        out.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--out {out}: cannot be written: {error.strerror}") from error
