"""Which class is "top-k": (kind, name) → class, imported when it is asked for."""

import difflib
import importlib
import importlib.metadata
from collections.abc import Iterable, Sequence
from functools import reduce

from packaging.requirements import InvalidRequirement, Requirement

from genaug.components import discovery
from genaug.components.component import Component
from genaug.components.discovery import Entry
from genaug.components.kinds import KINDS, contract
from genaug.errors import AmbiguousPlugin, BrokenPlugin, MissingRequirement, UnknownPlugin, WrongContract


class Registry:
    """Find components by kind and name among the entry points it was given."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries: dict[str, list[Entry]] = {kind: [] for kind in KINDS}
        for entry in entries:
            self._entries[entry.kind].append(entry)
        self._classes: dict[Entry, type[Component]] = {}

    @classmethod
    def installed(cls) -> "Registry":
        """Return the registry of everything installed; nothing is imported yet."""
        return cls(discovery.installed(KINDS))

    def entries(self, kind: str) -> Sequence[Entry]:
        """Return the entry points of one kind, sorted by name."""
        return tuple(self._entries[kind])

    def find(self, kind: str, name: str) -> Entry:
        """Return the entry point that `name` or `distribution:name` means.

        Raises:
            UnknownPlugin: with the nearest names and all of them.
            AmbiguousPlugin: naming the distributions that claim the name.
        """
        entries = self._entries[kind]
        found = [entry for entry in entries if name in (entry.name, entry.full_name)]
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

    def get(self, kind: str, name: str) -> type[Component]:
        """Return the class of a component.

        Checked in this order: known, requirements met, importable, right base class, contract.

        Raises:
            UnknownPlugin, AmbiguousPlugin, MissingRequirement, BrokenPlugin, WrongContract:
                each says what is wrong and what to do.
        """
        entry = self.find(kind, name)
        if entry not in self._classes:
            _check_requirements(entry)
            loaded = _imported(entry)
            self._classes[entry] = _fulfilling(entry, loaded)
        return self._classes[entry]

    def is_ambiguous(self, kind: str, name: str) -> bool:
        """Tell whether more than one distribution claims a short name."""
        return sum(entry.name == name for entry in self._entries[kind]) > 1

    def origin(self, component: type[Component]) -> Entry | None:
        """Return the entry point that offers a class; None for a class that is not installed."""
        loaded = next((entry for entry, known in self._classes.items() if known is component), None)
        target = f"{component.__module__}:{component.__qualname__}"
        return loaded or next(
            (entry for entry in self._entries[component.kind] if entry.target == target), None
        )


def _named(entry: Entry) -> str:
    return f"the {entry.kind} {entry.name!r} of {entry.distribution} {entry.version}"


def _check_requirements(entry: Entry) -> None:
    try:
        required = importlib.metadata.requires(entry.distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return  # an entry point without metadata of its own says nothing of what it needs
    for text in required:
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            raise BrokenPlugin(
                f"{entry.distribution} states a requirement nobody can read: {text!r}"
            ) from error
        for extra in ("", *entry.extras):
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                _check_requirement(entry, requirement, extra)


def _check_requirement(entry: Entry, requirement: Requirement, extra: str) -> None:
    what = f"{entry.distribution}[{extra}]" if extra else entry.distribution
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError as error:
        raise MissingRequirement(
            f"the {entry.kind} {entry.name!r} needs {requirement.name}, which is not installed: "
            f"pip install '{what}'"
        ) from error
    if not requirement.specifier.contains(version, prereleases=True):
        raise MissingRequirement(
            f"{_named(entry)} needs {requirement.name}{requirement.specifier}, but {version} is "
            f"installed: pip install --upgrade '{what}'"
        )


def _imported(entry: Entry) -> object:
    module, _, attribute = entry.target.partition(":")
    if not (attribute and all(part.isidentifier() for part in (*module.split("."), *attribute.split(".")))):
        raise BrokenPlugin(
            f"{_named(entry)} has the entry point {entry.target!r}: expected module:Class. Tell its author"
        )
    try:
        return reduce(getattr, attribute.split("."), importlib.import_module(module))
    except (Exception, SystemExit) as error:  # whatever a third party's module does while it is imported
        raise BrokenPlugin(
            f"{_named(entry)} cannot be imported from {entry.target!r}: "
            f"{type(error).__name__}: {error}. Reinstall it, or take it out of the config"
        ) from error


def _fulfilling(entry: Entry, loaded: object) -> type[Component]:
    expected = contract(entry.kind)
    who = _named(entry)
    if not (isinstance(loaded, type) and issubclass(loaded, expected)):
        raise WrongContract(
            f"{who} is no {expected.__name__}: {entry.target!r} must be a class derived from "
            f"genaug.{expected.__name__}"
        )
    missing = sorted(getattr(loaded, "__abstractmethods__", ()))
    if missing:
        raise WrongContract(f"{who} leaves out what its contract demands: {', '.join(missing)}")
    if getattr(loaded, "name", None) != entry.name:
        raise WrongContract(
            f"{who} calls itself {getattr(loaded, 'name', None)!r}: `name` must be its entry point's name"
        )
    if loaded.contract != expected.contract:
        raise WrongContract(
            f"{who} is written for version {loaded.contract} of the {entry.kind} contract; this genaug keeps "
            f"version {expected.contract}"
        )
    return loaded
