"""Loading of configs with the options of a command."""

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
    """Read a config with `--data` and `--set`; settings take precedence."""
    from genaug.pipeline import Pipeline

    given = []
    if data is not None:
        from genaug import config

        read = config.read(path).data
        preset = read.get("preset", DEFAULT)
        given = [source_override(read.get("source"), data, registry, str(preset))]
    return Pipeline.from_file(path, [*given, *overrides], registry)


def source_override(source: object, data: Path, registry: Registry, preset: str = DEFAULT) -> str:
    """Return the override with which a config with this source reads `data`.

    The config's own source keeps its other settings where it has a `path` and can read such data; otherwise
    the source comes from the preset.

    Raises:
        DataError: where the data do not exist, or no source can read them.
    """
    if not data.exists():
        raise DataError(f"--data {data}: no such folder or file")
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
        return False  # the source is replaced, so its faults do not matter


def output_folder(path: Path, out: Path | None) -> Path:
    """Return the output folder of a config, or of data."""
    if out is not None:
        return out
    from genaug.data.valid_text import valid_text

    name = path.resolve().name if path.is_dir() else path.stem
    return Path("runs") / valid_text(name).replace("\\", "_")
