"""`genaug plugins check`: run the conformance kit on an installed plugin."""

from __future__ import annotations

from typing import Annotated

import typer

from genaug.cli.options import Json, Kind
from genaug.cli.printing import document, stdout_kept_for

FAILED = 1
"""Exit code when a requirement is not met."""


def check_plugin(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A name from `genaug plugins list`.", show_default=False)
    ],
    kind: Kind = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A setting of the plugin for the check: steps=5. May be repeated.",
            show_default=False,
        ),
    ] = None,
    json_: Json = False,
) -> None:
    """Check whether an installed plugin meets its contract; exit with 1 where it does not.

    Runs every check of the conformance kit on a small data set of a kind that the plugin reads. Settings
    that make a fit short make the check quick.

    \b
        genaug plugins check sharpness
        genaug plugins check wavenet --kind generator --set steps=5
    """  # noqa: D301
    from genaug.cli.plugins_info import the_one
    from genaug.components.registry import Registry
    from genaug.config.file import ConfigFile
    from genaug.config.validation import validated
    from genaug.errors import ConfigError
    from genaug.testing.checks import CheckRun

    with stdout_kept_for(json_):
        registry = Registry.installed()
        entry = the_one(name, kind, registry)
        model = registry.get(entry.kind, entry.full_name)
        file = ConfigFile(f"the settings of {entry.kind} {name!r}", {})
        for text in set_ or ():
            file.override(text)
        missing = [
            field
            for field, info in model.model_fields.items()
            if info.is_required() and (info.alias or field) not in file.data
        ]
        if missing:
            raise ConfigError(
                f"the {entry.kind} {name!r} needs {', '.join(missing)}: give "
                + " ".join(f"--set {field}=VALUE" for field in missing)
            )
        component = validated(model, file, registry)
    run = CheckRun(component)
    rows: list[dict[str, str]] = []
    for check in run.names:
        cause = run.cause(check)
        error = None if cause is not None else run.error(check)
        status = "skipped" if cause is not None else "failed" if error is not None else "passed"
        reason = f"needs {cause}" if cause is not None else "" if error is None else _said(error)
        rows.append({"check": check, "status": status, "reason": reason})
        if not json_:
            typer.echo(f"{status:8}{check}{f': {reason}' if reason else ''}")
    counted = {
        status: sum(row["status"] == status for row in rows) for status in ("passed", "failed", "skipped")
    }
    if json_:
        document({"kind": entry.kind, "name": entry.name, "checks": rows, **counted})
    else:
        typer.echo(", ".join(f"{count} {status}" for status, count in counted.items()))
    if counted["failed"]:
        raise typer.Exit(FAILED)


def _said(error: Exception) -> str:
    """Return the first line of an error; an error that is no failed requirement with its type."""
    line = str(error).partition("\n")[0]
    return line if isinstance(error, AssertionError) and line else f"{type(error).__name__}: {line}"
