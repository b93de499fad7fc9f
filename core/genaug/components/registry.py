"""The registry of components: (kind, name) → class, imported on demand."""

from __future__ import annotations

import difflib
import importlib
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from genaug.components import requirements
from genaug.components.discovery import PRESET, Entry, discover, group
from genaug.components.kinds import KINDS, contract
from genaug.components.preset import DEFAULT, Preset
from genaug.errors import (
    AmbiguousPlugin,
    BrokenPlugin,
    PluginWarning,
    UnknownPlugin,
    WrongContract,
)

if TYPE_CHECKING:
    from genaug.components.component import Component

ENGINE = "genaug"
"""The distribution of the engine, whose components are the built-ins."""


class Registry:
    """A registry of components by kind and name.

    Args:
        entries: the entry points of components.
        renamed: entry points of old names; see `discovery.Discovered`.
        presets: entry points of presets.
    """

    def __init__(
        self, entries: Iterable[Entry], renamed: Iterable[Entry] = (), presets: Iterable[Entry] = ()
    ) -> None:
        self._entries: dict[str, list[Entry]] = {kind: [] for kind in (*KINDS, PRESET)}
        for entry in (*entries, *presets):
            self._entries[entry.kind].append(entry)
        self._renamed = tuple(renamed)
        self._classes: dict[Entry, type[Component]] = {}

    @staticmethod
    def installed() -> Registry:
        """Return the registry of everything installed; no component is imported.

        The same object until something is installed or removed, or the path changes.
        """
        return _installed(tuple(_path_state()))

    def entries(self, kind: str) -> Sequence[Entry]:
        """Return the entry points of one kind, sorted by name."""
        return tuple(self._entries[kind])

    def find(self, kind: str, name: str) -> Entry:
        """Return the entry point for `name` or `distribution:name`.

        A bare name means the built-in where there is one. An old name means what it was renamed to.

        Raises:
            UnknownPlugin: with similar names and all of them.
            AmbiguousPlugin: with the distributions that use the name.
        """
        entries = self._entries[kind]
        found = [entry for entry in entries if name in (entry.name, entry.full_name)]
        found = [entry for entry in found if entry.distribution == ENGINE] or found
        found = found or self._renamed_to(kind, name)
        if len(found) > 1:
            claims = " or ".join(repr(entry.full_name) for entry in found)
            raise AmbiguousPlugin(
                f"the {kind} {name!r} is claimed by {len(found)} distributions: write {claims} to say which"
            )
        if not found:
            known = sorted({entry.name for entry in entries})
            offered = [entry.full_name for entry in entries] if ":" in name else known
            near = difflib.get_close_matches(name, offered, n=3)
            hint = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
            raise UnknownPlugin(f"there is no {kind} {name!r}.{hint} Installed: {', '.join(known) or 'none'}")
        return found[0]

    def _renamed_to(self, kind: str, name: str) -> list[Entry]:
        """Return the entry points of the components with this old name, short or full."""
        distribution, _, bare = name.rpartition(":")
        old = f"{group(kind).removeprefix('genaug.')}.{bare}"
        targets = {
            (entry.distribution, entry.target)
            for entry in self._renamed
            if entry.name == old and distribution in ("", entry.distribution)
        }
        return [entry for entry in self._entries[kind] if (entry.distribution, entry.target) in targets]

    def name_of(self, entry: Entry) -> str:
        """Return the shortest name that is unique to this entry point in a config."""
        claims = [one for one in self._entries[entry.kind] if one.name == entry.name]
        alone = len(claims) == 1 or entry.distribution == ENGINE
        return entry.name if alone else entry.full_name

    def get(self, kind: str, name: str) -> type[Component]:
        """Return the class of a component.

        Checked in this order: known, requirements met, importable, right base class, contract.

        Raises:
            UnknownPlugin, AmbiguousPlugin, MissingRequirement, BrokenPlugin, WrongContract:
                with the problem and what to do.
        """
        entry = self.find(kind, name)
        if entry not in self._classes:
            requirements.check(entry)
            loaded = _imported(entry)
            self._classes[entry] = _fulfilling(entry, loaded)
            _origins[self._classes[entry]] = entry
        return self._classes[entry]

    def preset(self, name: str = DEFAULT) -> Preset:
        """Return a preset; its module is imported when it is asked for.

        A bare name means the built-in preset where there is one, as it does for components.

        Raises:
            UnknownPlugin, AmbiguousPlugin, BrokenPlugin, WrongContract: each says what is wrong and what
                to do.
        """
        entry = self.find(PRESET, name)
        loaded = _imported(entry)
        if not isinstance(loaded, Preset):
            raise WrongContract(
                f"{entry.described} is not a Preset: {entry.target!r} must be a genaug.Preset"
            )
        return loaded

    def origin(self, component: type[Component]) -> Entry | None:
        """Return the entry point of a class; None for a class that is not installed."""
        loaded = next((entry for entry, known in self._classes.items() if known is component), None)
        target = f"{component.__module__}:{component.__qualname__}"
        return loaded or next(
            (entry for entry in self._entries[component.kind] if entry.target == target), None
        )


_origins: WeakKeyDictionary[type[Component], Entry] = WeakKeyDictionary()


def origin(component: type[Component]) -> Entry | None:
    """Return the entry point that a class was loaded from, or that offers it; None: it is not installed."""
    return _origins.get(component) or Registry.installed().origin(component)


def _path_state() -> Iterator[tuple[str, int]]:
    """Yield each folder or archive of the path with its modification time."""
    for place in sys.path:
        try:
            yield place, Path(place or ".").stat().st_mtime_ns
        except OSError:
            yield place, 0


@lru_cache(maxsize=1)
def _installed(path: tuple[tuple[str, int], ...]) -> Registry:
    requirements.forget()
    found = discover()
    for problem in found.problems:
        if problem.unreadable:
            message = f"{problem.distribution} {problem.version} is passed over: {problem.reason}"
            warnings.warn(message, PluginWarning, stacklevel=3)
    return Registry(found.entries, found.renamed, found.presets)


def _imported(entry: Entry) -> object:
    module, _, attribute = entry.target.partition(":")
    if not (attribute and all(part.isidentifier() for part in (*module.split("."), *attribute.split(".")))):
        raise BrokenPlugin(
            f"{entry.described} has the entry point {entry.target!r}: expected module:Class. Tell its author"
        )
    try:
        return reduce(getattr, attribute.split("."), importlib.import_module(module))
    except (Exception, SystemExit) as error:  # importing a third party's module may raise anything
        raise BrokenPlugin(
            f"{entry.described} cannot be imported from {entry.target!r}: "
            f"{type(error).__name__}: {error}. Reinstall it, or take it out of the config"
        ) from error


def _fulfilling(entry: Entry, loaded: object) -> type[Component]:
    expected = contract(entry.kind)
    who = entry.described
    if not (isinstance(loaded, type) and issubclass(loaded, expected)):
        raise WrongContract(
            f"{who} is not a {expected.__name__}: {entry.target!r} must be a class derived from "
            f"genaug.{expected.__name__}"
        )
    missing = sorted(getattr(loaded, "__abstractmethods__", ()))
    if missing:
        raise WrongContract(f"{who} lacks what its contract demands: {', '.join(missing)}")
    if getattr(loaded, "name", None) != entry.name:
        raise WrongContract(
            f"{who} calls itself {getattr(loaded, 'name', None)!r}: `name` must be its entry point's name"
        )
    if loaded.contract != expected.contract:
        raise WrongContract(
            f"{who} is written for version {loaded.contract} of the {entry.kind} contract; this genaug has "
            f"version {expected.contract}"
        )
    return loaded
