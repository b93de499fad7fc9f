"""Requirements of distributions: the installed versions, and what a plugin needs."""

from __future__ import annotations

import importlib.metadata
import re
from functools import cache
from typing import TYPE_CHECKING

from genaug.components.discovery import Entry
from genaug.errors import BrokenPlugin, MissingRequirement

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_REQUIRED = re.compile(r"^Requires-Dist:[ \t]*(.+)$", re.MULTILINE)
_VERSION = re.compile(r"^Version:[ \t]*(\S+)", re.MULTILINE)


@cache
def installed_version(distribution: str) -> str | None:
    """Return the version of a distribution; None: it is not installed.

    As `importlib.metadata.version` does, which parses the whole description, too.
    """
    try:
        found = importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
    text = found.read_text("METADATA") or found.read_text("PKG-INFO") or ""
    written = _VERSION.search(text.partition("\n\n")[0])
    return written[1] if written else found.version


def check(entry: Entry) -> None:
    """Check that what a component's distribution requires is installed.

    Raises:
        MissingRequirement: with the package and what to do.
        BrokenPlugin: where a requirement cannot be parsed.
    """
    for requirement, extra, version in _requirements(entry.distribution, entry.extras):
        what = f"{entry.distribution}[{extra}]" if extra else entry.distribution
        if version is None:
            raise MissingRequirement(
                f"the {entry.kind} {entry.name!r} needs {requirement.name}, which is not installed: "
                f"pip install '{what}'"
            )
        if not requirement.specifier.contains(version, prereleases=True):
            raise MissingRequirement(
                f"{entry.described} needs {requirement.name}{requirement.specifier}, but {version} is "
                f"installed: pip install --upgrade '{what}'"
            )


def forget() -> None:
    """Forget what is installed, because something was installed or removed."""
    installed_version.cache_clear()
    _requirements.cache_clear()
    _parsed.cache_clear()


@cache
def _requirements(
    distribution: str, extras: tuple[str, ...]
) -> tuple[tuple[Requirement, str, str | None], ...]:
    """Return what a distribution requires here: requirement, extra that asks for it, installed version."""
    found: list[tuple[Requirement, str, str | None]] = []
    for requirement in _parsed(distribution):
        for extra in ("", *extras):
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                found.append((requirement, extra, installed_version(requirement.name)))
    return tuple(found)


@cache
def _parsed(distribution: str) -> tuple[Requirement, ...]:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        metadata = importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ()  # the requirements of an entry point without metadata are unknown
    text = metadata.read_text("METADATA")
    required = _REQUIRED.findall(text.partition("\n\n")[0]) if text else metadata.requires or []
    found = []
    for text in required:
        try:
            found.append(Requirement(text))
        except InvalidRequirement as error:
            raise BrokenPlugin(
                f"{distribution} states a requirement that cannot be parsed: {text!r}"
            ) from error
    return tuple(found)
