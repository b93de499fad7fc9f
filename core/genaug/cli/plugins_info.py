"""`genaug plugins info`: describe a plugin and its settings."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated

import typer

from genaug.cli.options import Json, Kind
from genaug.cli.printing import document, stdout_kept_for

if TYPE_CHECKING:
    from genaug.components.discovery import Entry
    from genaug.components.registry import Registry


def info(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A name from `genaug plugins list`.", show_default=False)
    ],
    kind: Kind = None,
    json_: Json = False,
) -> None:
    """Describe a plugin and its settings.

    Prints what the plugin does, its settings with types, defaults and bounds, and an example.

    \b
        genaug plugins info top-k
        genaug plugins info image-folder --kind source
    """  # noqa: D301
    from genaug.cli.example import example
    from genaug.cli.settings import settings
    from genaug.components.registry import Registry
    from genaug.config.yaml_writer import flow

    with stdout_kept_for(json_):
        registry = Registry.installed()
        entry = the_one(name, kind, registry)
        component = registry.get(entry.kind, entry.full_name)
    use = registry.name_of(entry)
    about = inspect.cleandoc(component.__doc__ or "")
    rows = settings(component)
    if json_:
        document(
            {
                "kind": entry.kind,
                "name": entry.name,
                "use": use,
                "distribution": entry.distribution,
                "version": entry.version,
                "target": entry.target,
                "description": about,
                "settings": [row._asdict() for row in rows],
                "example": example(entry.kind, use, rows),
            }
        )
        return
    typer.echo(f"{entry.kind} {use}, of {entry.distribution} {entry.version}\n\n{about}\n")
    typer.echo("Settings:" if rows else "It takes no settings.")
    for row in rows:
        default = "required" if row.required else f"default {flow(row.default)}"
        typer.echo(f"  {row.name}: {row.type}; {default}")
        typer.echo(inspect.cleandoc(row.description).replace("\n", " ").join(["      ", ""]))
    typer.echo(f"\nExample:\n{example(entry.kind, use, rows)}", nl=False)


def the_one(name: str, kind: str | None, registry: Registry) -> Entry:
    """Return the entry point of a name, of any kind.

    Raises:
        UnknownPlugin: with similar names of all kinds.
        AmbiguousPlugin: where several kinds or several distributions have this name.
    """
    import difflib

    from genaug.cli.kinds import kinds
    from genaug.errors import AmbiguousPlugin, UnknownPlugin

    wanted = kinds(kind)
    entries = [entry for one in wanted for entry in registry.entries(one)]
    found = sorted({entry.kind for entry in entries if name in (entry.name, entry.full_name)})
    if len(found) == 1:
        return registry.find(found[0], name)
    if found:
        ways = " or ".join(f"--kind {one}" for one in found)
        raise AmbiguousPlugin(f"{name!r} is the name of several plugins: {', '.join(found)}; add {ways}")
    near = difflib.get_close_matches(name, {entry.name for entry in entries}, n=3)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise UnknownPlugin(f"there is no {kind or 'plugin'} {name!r}.{hint} `genaug plugins list` shows all")
