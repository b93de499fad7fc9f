"""`genaug plugins list`: list the installed plugins."""

import dataclasses

from genaug.cli.options import Json, Kind
from genaug.cli.printing import document, table


def list_plugins(kind: Kind = None, json_: Json = False) -> None:
    """List the installed plugins, without importing them.

    \b
        genaug plugins list --kind selector
    """  # noqa: D301
    from genaug.cli.kinds import kinds
    from genaug.components.registry import Registry

    registry = Registry.installed()
    entries = [entry for one in kinds(kind) for entry in registry.entries(one)]
    if json_:
        document([dataclasses.asdict(entry) for entry in entries])
        return
    rows = [[entry.kind, registry.name_of(entry), entry.distribution, entry.version] for entry in entries]
    table(["kind", "name", "distribution", "version"], rows)
