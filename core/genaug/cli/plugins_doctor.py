"""`genaug plugins doctor`: import every plugin, and say what is wrong with which."""

import typer

from genaug.cli.options import Json
from genaug.cli.printing import document, stdout_kept_for

BROKEN = 1
"""Exit code where a plugin is broken."""


def doctor(json_: Json = False) -> None:
    """Try every plugin; exit with 1 where one is broken.

    One that asks for an extra which is not installed is not broken: it is listed with what to
    install.
    """
    from genaug.components.kinds import KINDS
    from genaug.components.registry import Registry
    from genaug.errors import MissingRequirement, PluginError

    report = []
    with stdout_kept_for(json_):
        registry = Registry.installed()
        for entry in [entry for kind in KINDS for entry in registry.entries(kind)]:
            status, reason = "ok", None
            try:
                registry.get(entry.kind, entry.full_name)
            except PluginError as error:
                optional = isinstance(error, MissingRequirement) and entry.extras
                status, reason = ("not installed" if optional else "broken"), str(error)
            report.append(
                {
                    "kind": entry.kind,
                    "name": entry.name,
                    "distribution": entry.distribution,
                    "version": entry.version,
                    "status": status,
                    "reason": reason,
                }
            )
    wrong = [line for line in report if line["reason"]]
    broken = [line for line in report if line["status"] == "broken"]
    if json_:
        document(report)
    else:
        for line in wrong:
            typer.echo(
                f"{line['status']}: {line['kind']} {line['name']} ({line['distribution']}): {line['reason']}"
            )
        typer.echo(f"{len(report) - len(wrong)} of {len(report)} plugins work")
    if broken:
        raise typer.Exit(BROKEN)
