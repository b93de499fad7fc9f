"""`genaug plugins doctor`: import every plugin, and report what is broken."""

from typing import Annotated

import typer

from genaug.cli.options import Json
from genaug.cli.printing import document, stdout_kept_for

BROKEN = 1
"""Exit code when a plugin is broken."""


def doctor(
    only: Annotated[
        str | None,
        typer.Option(
            "--only", metavar="DIST", help="Only this distribution, e.g. genaug.", show_default=False
        ),
    ] = None,
    json_: Json = False,
) -> None:
    """Check every installed plugin; exit with 1 when one is broken.

    Broken means: a plugin cannot be imported or does not fulfil its contract, an entry-point file
    cannot be read, or an entry-point group does not exist. Two findings are reported without counting
    as broken: a plugin whose extra is not installed, and a name that several distributions use; a
    config must then write `distribution:name`.

    \b
        genaug plugins doctor
        genaug plugins doctor --only my-plugin
    """  # noqa: D301
    import warnings

    from genaug.components.discovery import PRESET, discover
    from genaug.components.registry import Registry
    from genaug.errors import MissingRequirement, PluginError, PluginWarning, UnknownPlugin

    with stdout_kept_for(json_), warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)  # their messages are in the report
        found, registry = discover(), Registry.installed()
        distributions = sorted(
            {one.distribution for one in (*found.entries, *found.presets)}
            | {one.distribution for one in found.problems}
        )
        if only is not None and only not in distributions:
            raise UnknownPlugin(
                f"--only {only}: no installed distribution of this name has plugins; those that do: "
                f"{', '.join(distributions)}"
            )
        report: list[dict[str, str | None]] = []
        for entry in (*found.entries, *found.presets):
            if only not in (None, entry.distribution):
                continue
            status, reason = "ok", None
            try:
                if entry.kind == PRESET:
                    registry.preset(entry.full_name)
                else:
                    registry.get(entry.kind, entry.full_name)
            except PluginError as error:
                optional = isinstance(error, MissingRequirement) and entry.extras
                status, reason = ("not installed" if optional else "broken"), str(error)
            else:
                if (use := registry.name_of(entry)) != entry.name:
                    claims = [one for one in registry.entries(entry.kind) if one.name == entry.name]
                    others = ", ".join(one.distribution for one in claims if one != entry)
                    status = "collides"
                    reason = f"{others} has a {entry.kind} of this name too: a config must write {use!r}"
            who = {"distribution": entry.distribution, "version": entry.version}
            report.append({"kind": entry.kind, "name": entry.name, **who, "status": status, "reason": reason})
    problems: list[dict[str, str | None]] = [
        {
            "kind": "",
            "name": "",
            "distribution": one.distribution,
            "version": one.version,
            "status": "broken",
            "reason": one.reason,
        }
        for one in found.problems
        if only in (None, one.distribution)
    ]
    if json_:
        document([*report, *problems])
    else:
        for line in problems:
            typer.echo(f"broken: {line['distribution']} {line['version']}: {line['reason']}")
        for line in report:
            if line["reason"]:
                typer.echo(
                    f"{line['status']}: {line['kind']} {line['name']} ({line['distribution']}): "
                    f"{line['reason']}"
                )
        work = sum(line["status"] in ("ok", "collides") for line in report)
        typer.echo(f"{work} of {len(report)} plugins work")
    if any(line["status"] == "broken" for line in (*report, *problems)):
        raise typer.Exit(BROKEN)
