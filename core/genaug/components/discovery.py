"""Discovery of installed plugins: entry points are read, and nothing is imported."""

import configparser
import difflib
import importlib.metadata
import re
from dataclasses import dataclass

import entrypoints

from genaug.components.kinds import KINDS

PLURALS = {"strategy": "strategies"}
PRESET = "preset"
"""`Entry.kind` of a preset, which is not a component."""
PRESETS = "genaug.presets"
"""Group of the entry points of presets (`genaug.components.preset.Preset`), the defaults of configs."""
RENAMED = "genaug.renamed"
"""Group of the entry points for old names of components."""


def group(kind: str) -> str:
    """Return the entry-point group of a kind: ``genaug.selectors``."""
    return f"genaug.{PLURALS.get(kind, kind + 's')}"


@dataclass(frozen=True)
class Entry:
    """An entry point.

    Attributes:
        kind: kind of component, or `PRESET`; for old names the group.
        name: its name in a config.
        target: ``module:Class``, as in the distribution's metadata.
        distribution, version: the distribution that it belongs to.
        extras: extras of the distribution that it needs, e.g. ``clip``.
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

    @property
    def described(self) -> str:
        """Return its description for errors: ``the selector 'top-k' of genaug 0.1.0``."""
        return f"the {self.kind} {self.name!r} of {self.distribution} {self.version}"


@dataclass(frozen=True)
class Problem:
    """Something wrong with the entry points of an installed distribution.

    Attributes:
        distribution, version: of the distribution.
        reason: the problem, and what to do.
        unreadable: whether none of its entry points could be read.
    """

    distribution: str
    version: str
    reason: str
    unreadable: bool = False


@dataclass(frozen=True)
class Discovered:
    """The installed entry points, each part sorted.

    Attributes:
        entries: the entry points of all kinds.
        renamed: old names of components. A distribution that renamed a component declares them in the
            group `RENAMED`, as ``validators.theory = my_package.bound:StabilityBoundValidator``: the
            plural of the kind, the old name, and the target of the new name.
        presets: the entry points of the group `PRESETS`.
        problems: entry-point files that cannot be read, and groups that do not exist.
    """

    entries: tuple[Entry, ...]
    renamed: tuple[Entry, ...] = ()
    presets: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()


def discover() -> Discovered:
    """Read the entry points of all distributions on the path.

    An entry-point file that cannot be read is listed as a problem and does not raise.
    """
    groups = {group(kind): kind for kind in KINDS} | {RENAMED: RENAMED, PRESETS: PRESET}
    found: list[Entry] = []
    problems: list[Problem] = []
    seen = set()
    for distribution in importlib.metadata.distributions():
        unreadable = ""
        try:
            text = distribution.read_text("entry_points.txt")
            if not text:
                continue
            parser = entrypoints.CaseSensitiveConfigParser(delimiters=("=",))
            parser.read_string(text)
        except (configparser.Error, UnicodeDecodeError) as error:
            unreadable = f"its entry points cannot be read: reinstall or remove it ({error})"
        sections = [] if unreadable else [one for one in parser.sections() if one.startswith("genaug.")]
        if not sections and not unreadable:
            continue
        name, version = _identified(distribution)
        if name in seen:  # a distribution hides those of its name further down the path
            continue
        seen.add(name)
        if unreadable:
            problems.append(Problem(name, version, unreadable, unreadable=True))
            continue
        for section in sections:
            if section not in groups:
                near = difflib.get_close_matches(section, groups, n=1, cutoff=0.7)
                hint = f"did you mean {near[0]!r}?" if near else f"the groups are {', '.join(groups)}"
                problems.append(Problem(name, version, f"there is no entry-point group {section!r}: {hint}"))
                continue
            for key, value in parser.items(section, raw=True):
                target, extras = _parsed(key, value)
                found.append(Entry(groups[section], key, target, name, version, extras))
    found.sort(key=lambda entry: (entry.kind, entry.name, entry.distribution))
    return Discovered(
        tuple(entry for entry in found if entry.kind in KINDS),
        tuple(entry for entry in found if entry.kind == RENAMED),
        tuple(entry for entry in found if entry.kind == PRESET),
        tuple(sorted(problems, key=lambda problem: (problem.distribution, problem.reason))),
    )


def _identified(distribution: importlib.metadata.Distribution) -> tuple[str, str]:
    """Return the normalized name (PEP 503) and the version of a distribution."""
    # By `get`: where another package has installed the backport importlib_metadata, [] raises KeyError.
    written = distribution.metadata
    name = written.get("Name") or "unnamed"  # type: ignore[attr-defined]
    return re.sub(r"[-_.]+", "-", name), written.get("Version") or "unknown"  # type: ignore[attr-defined]


def _parsed(name: str, text: str) -> tuple[str, tuple[str, ...]]:
    try:
        point = entrypoints.EntryPoint.from_string(text, name)
    except entrypoints.BadEntryPoint:
        return text, ()  # listed unchanged; the registry reports it as broken when it is loaded
    return f"{point.module_name}:{point.object_name or ''}", tuple(point.extras or ())
