"""Who is installed: entry points, read without importing anything they point to."""

import configparser
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import entrypoints

from genaug.errors import BrokenPlugin

PLURALS = {"strategy": "strategies"}


def group(kind: str) -> str:
    """Return the entry-point group of a kind: ``genaug.selectors``."""
    return f"genaug.{PLURALS.get(kind, kind + 's')}"


@dataclass(frozen=True)
class Entry:
    """Hold one entry point.

    Attributes:
        kind, name: what it claims to be, and what a config calls it.
        target: ``module:Class``, as the distribution wrote it.
        distribution, version: who installed it.
        extras: extras of that distribution which it needs, e.g. ``clip``.
    """

    kind: str
    name: str
    target: str
    distribution: str
    version: str
    extras: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """Return ``distribution:name``, which is never ambiguous."""
        return f"{self.distribution}:{self.name}"


def installed(kinds: Iterable[str]) -> list[Entry]:
    """Read the entry points of the given kinds, sorted by kind, name and distribution.

    Raises:
        BrokenPlugin: where an entry-point file on the path is not in the format at all.
    """
    groups = {group(kind): kind for kind in kinds}
    try:
        found = set(_entries(groups))
    except (configparser.Error, UnicodeDecodeError) as error:
        raise BrokenPlugin(
            f"an installed distribution has an unreadable entry-point file; reinstall or remove it: {error}"
        ) from error
    return sorted(found, key=lambda entry: (entry.kind, entry.name, entry.distribution))


def _entries(groups: dict[str, str]) -> Iterator[Entry]:
    for config, distribution in entrypoints.iter_files_distros():
        for name in groups.keys() & set(config.sections()):
            for key, text in config.items(name, raw=True):
                target, extras = _parsed(key, text)
                yield Entry(
                    groups[name],
                    key,
                    target,
                    distribution.name.replace("_", "-"),
                    distribution.version or "unknown",
                    extras,
                )


def _parsed(name: str, text: str) -> tuple[str, tuple[str, ...]]:
    try:
        point = entrypoints.EntryPoint.from_string(text, name)
    except entrypoints.BadEntryPoint:
        return text, ()  # listed as it stands; the registry calls it broken when it is asked for
    return f"{point.module_name}:{point.object_name or ''}", tuple(point.extras or ())
