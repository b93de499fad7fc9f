"""Presets: what a config and the commands use where a user names nothing. Plugin packages provide them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DEFAULT = "default"
"""Name of the preset that is used where a config names none."""

Reference = Mapping[str, Any]
"""A component as a config writes it: ``{"use": NAME, …}``."""


@dataclass(frozen=True, kw_only=True)
class Starter:
    """The config that `genaug init` writes.

    Attributes:
        templates: a Jinja template of YAML for each modality; `genaug.cli.starter` says what it may read.
    """

    templates: Mapping[str, Path]


@dataclass(frozen=True, kw_only=True)
class Preset:
    """What is used where a user names nothing.

    A distribution offers it in the entry-point group ``genaug.presets``, as ``NAME = package.module:PRESET``.
    The module is imported whenever a config is read, so it must import next to nothing. Whatever a preset
    leaves open has no default: the pipeline setting must then be given, and the command says that it needs
    it.

    Attributes:
        extractor, task, hooks: the pipeline settings of these names.
        extractors: the pipeline setting ``extractor`` by modality of the samples, where the source knows it
            (`Source.known_modality`); ``extractor`` is for all others.
        folder_source: the name of the source that reads a folder given with ``--data``.
        file_sources: the name of the source that reads a file given with ``--data``, by suffix: ``.npz``.
        memory_source: the name of the source of arrays in memory; its class has a class method
            ``of(values, labels, groups, targets, **settings)``. See `genaug.from_arrays`.
        page: the exporter that writes the page of `genaug report` where the config has none that does.
        verdict: the name of a validator that gives a verdict, for a hint where a run has none.
        starter: what `genaug init` writes.
        new_plugin: the folder with the Jinja templates of `genaug plugins new`.
    """

    extractor: Reference | None = None
    extractors: Mapping[str, Reference] = field(default_factory=dict)
    task: Reference | None = None
    hooks: Sequence[Reference] | None = None
    folder_source: str | None = None
    file_sources: Mapping[str, str] = field(default_factory=dict)
    memory_source: str | None = None
    page: Reference | None = None
    verdict: str | None = None
    starter: Starter | None = None
    new_plugin: Path | None = None
