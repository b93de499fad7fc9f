"""From what was typed to a pipeline."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from genaug.components.preset import DEFAULT
from genaug.errors import DataError, PluginError

if TYPE_CHECKING:
    from genaug.components.preset import Preset
    from genaug.components.registry import Registry
    from genaug.pipeline import Pipeline


def pipeline(path: Path, data: Path | None, overrides: Sequence[str], registry: Registry) -> Pipeline:
    """Read a config with the data and the settings that were given beside it; the latter win."""
    from genaug.pipeline import Pipeline

    given = []
    if data is not None:
        from genaug import config

        read = config.read(path).data
        preset = read.get("preset", DEFAULT)
        given = [source_override(read.get("source"), data, registry, str(preset))]
    return Pipeline.from_file(path, [*given, *overrides], registry)


def source_override(source: object, data: Path, registry: Registry, preset: str = DEFAULT) -> str:
    """Return the override that makes a config with that source read `data`.

    Its own source, with everything else that it sets, is kept where it has a `path` and can read
    such data; else the preset says what reads it.

    Raises:
        DataError: where there is no such data, or none of the sources meant for it reads it.
    """
    if not data.exists():
        raise DataError(f"--data {data}: there is no such folder or file")
    use = source.get("use") if isinstance(source, dict) else None
    written = json.dumps(str(data), ensure_ascii=False)
    known = registry.preset(preset)
    if _reads(use, data, registry, known):
        return f"source.path={written}"
    reader = known.folder_source if data.is_dir() else known.file_sources.get(data.suffix.lower())
    if reader is None:
        folders = ["a folder of images, with a folder for each class"] if known.folder_source else []
        files = [f"an {suffix} file" for suffix in sorted(known.file_sources)]
        expected = ", or ".join([*folders, *files]) or "a config whose source has a path"
        raise DataError(
            f"--data {data}: expected {expected}; "
            "for anything else, name a source that reads it in the config"
        )
    return f"source={{use: {reader}, path: {written}}}"


def _reads(use: object, data: Path, registry: Registry, preset: Preset) -> bool:
    wrong = preset.file_sources.values() if data.is_dir() else (preset.folder_source,)
    if not isinstance(use, str) or use in wrong:
        return False
    try:
        return "path" in registry.get("source", use).model_fields
    except PluginError:
        return False  # the source is replaced, so what is wrong with it does not matter


def output_folder(path: Path, out: Path | None) -> Path:
    """Return where a run of this config writes."""
    return Path("runs") / path.stem if out is None else out
