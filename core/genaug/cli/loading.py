"""From what was typed to a pipeline."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from genaug.errors import DataError, PluginError

if TYPE_CHECKING:
    from genaug.components.registry import Registry
    from genaug.pipeline import Pipeline

_FOLDER, _FILE = "image-folder", "arrays"


def pipeline(path: Path, data: Path | None, overrides: Sequence[str], registry: Registry) -> Pipeline:
    """Read a config with the data and the settings that were given beside it; the latter win."""
    from genaug.pipeline import Pipeline

    given = []
    if data is not None:
        from genaug import config

        given = [source_override(config.read(path).data.get("source"), data, registry)]
    return Pipeline.from_file(path, [*given, *overrides], registry)


def source_override(source: object, data: Path, registry: Registry) -> str:
    """Return the override that makes a config with that source read `data`.

    Its own source, with everything else that it sets, is kept where it has a `path` and can read
    such data.

    Raises:
        DataError: where there is no such data, or none of the sources meant for it reads it.
    """
    if not data.exists():
        raise DataError(f"--data {data}: there is no such folder or file")
    use = source.get("use") if isinstance(source, dict) else None
    written = json.dumps(str(data), ensure_ascii=False)
    if _reads(use, data, registry):
        return f"source.path={written}"
    if not data.is_dir() and data.suffix.lower() != ".npz":
        raise DataError(
            f"--data {data}: expected a folder of images, with a folder for each class, or an .npz file; "
            "for anything else, name a source that reads it in the config"
        )
    return f"source={{use: {_FOLDER if data.is_dir() else _FILE}, path: {written}}}"


def _reads(use: object, data: Path, registry: Registry) -> bool:
    if not isinstance(use, str) or use == (_FILE if data.is_dir() else _FOLDER):
        return False
    try:
        return "path" in registry.get("source", use).model_fields
    except PluginError:
        return False  # the source is replaced, so what is wrong with it does not matter


def output_folder(path: Path, out: Path | None) -> Path:
    """Return where a run of this config writes."""
    return Path("runs") / path.stem if out is None else out
