"""The provenance of measurement records, and whether a record is current."""

import importlib.metadata
import os
import platform
import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from genaug.components.component import Component
from genaug.components.identity import parts, versions
from genaug.experiments.source_digest import source_digest

ENGINE = "genaug.pipeline"
"""The module whose imports include all stages of a run."""
NO_DIGEST = "made before digests of the code were kept"
OTHER_CODE = "made by other code than this"
OTHER_SETTINGS = "made with other settings than its file has now"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Machine(_Part):
    """The machine of a measurement."""

    system: str = Field(default_factory=lambda: f"{platform.system()} {platform.machine()}")
    cores: int | None = Field(default_factory=os.cpu_count)
    device: str = "cpu"
    """`cpu`, or the name of the GPU."""
    threads: int | None = None
    """CPU threads of the numeric libraries; None: as many as they choose."""
    at_a_time: int = 1
    """Number of processes that measured in parallel."""

    def __str__(self) -> str:
        threads = (
            "as many threads as the libraries choose" if self.threads is None else f"{self.threads} thread"
        )
        threads += "s" * ((self.threads or 0) > 1)
        together = f", {self.at_a_time} processes at a time" if self.at_a_time > 1 else ""
        return f"{self.device}, {self.system}, {self.cores} cores, {threads}{together}"


class Made(_Part):
    """The provenance of a record. It has no date: the same code and settings give the same text."""

    command: str
    """The command that makes the record again; empty: it was made in Python."""
    rests_on: tuple[str, ...]
    """The modules and scripts that measured; with their imports they are the code of the record."""
    code: str
    """Digest of the code; empty: parts of the record were made by different code."""
    versions: dict[str, tuple[str, ...]]
    """Versions of Python and of packages; several where parts of the record were made with different ones."""
    machines: tuple[Machine, ...]

    @classmethod
    def by(cls, command: str, modules: Iterable[str], folder: Path | None = None, **facts: Any) -> "Made":
        """Return the provenance of a record that these modules make now.

        Args:
            command: makes it again.
            modules: names of modules, and paths of scripts.
            folder: what paths of scripts are relative to; None: the working directory.
            facts: fields to override: `versions`, `machines`, or an empty `code`.
        """
        rests_on = tuple(dict.fromkeys(modules))
        known = {
            "versions": {name: (one,) for name, one in package_versions().items()},
            "machines": (Machine(),),
        }
        code = facts.pop("code", None)
        code = source_digest(rests_on, folder) if code is None else code
        return cls(command=command, rests_on=rests_on, code=code, **(known | facts))


def package_versions(*more: str) -> dict[str, str]:
    """Return the versions of Python, of genaug, of the numeric libraries and of `more` packages, by name."""
    found = versions(())
    for name in ("scipy", *more):
        found[name] = importlib.metadata.version(name)
    return dict(sorted(found.items()))


def modules_of(*settings: object) -> list[str]:
    """Return the modules of all components in pipelines and other configs, and those of the engine."""
    return [ENGINE, *sorted({type(one).__module__ for one in _components(settings)})]


def _components(value: object) -> Iterator[Component]:
    if isinstance(value, Component):
        yield from parts(value)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _components(getattr(value, name))
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _components(one)
    elif isinstance(value, dict):
        yield from _components(tuple(value.values()))


def stale(
    record: Mapping[str, Any], asked: Mapping[str, Any] | None = None, folder: Path | None = None
) -> str:
    """Return why a record is stale; "" where it is current.

    Args:
        record: the content of its file.
        asked: the present settings of its study; None: it has none.
        folder: to which the paths of its scripts are relative; None: the working directory.
    """
    if "made" not in record:
        return NO_DIGEST
    made = Made.model_validate(record["made"])
    if asked is not None and record["asked"] != asked:
        return OTHER_SETTINGS
    try:
        same = source_digest(made.rests_on, folder) == made.code
    except ModuleNotFoundError as error:
        return f"{OTHER_CODE}: {error}"
    if same:
        return ""
    python = ".".join(made.versions.get("python", ("",))[0].split(".")[:2])
    here = ".".join(platform.python_version_tuple()[:2])
    return OTHER_CODE if python in ("", here) else f"{OTHER_CODE}, or by Python {python}, not {here}"


def command_line(
    command: str, file: Path, options: Mapping[str, object | None], settings: Iterable[str] = ()
) -> str:
    """Return the command that makes a record again.

    Args:
        command: e.g. ``bench``.
        file: its argument.
        options: by name, e.g. ``--out``; None: not given.
        settings: those given with ``--set``.
    """
    given = [word for name, value in options.items() if value is not None for word in (name, str(value))]
    changed = [word for setting in settings for word in ("--set", setting)]
    return shlex.join(["genaug", command, str(file), *given, *changed])
