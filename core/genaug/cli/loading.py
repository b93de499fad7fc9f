"""Loading of configs with the options of a command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from genaug.cli.recognition import recognize
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
    the source is the preset's or, where another one recognizes the data, that.

    Raises:
        DataError: where the data do not exist, or no source can read them.
    """
    from genaug.config.yaml_writer import flow

    if not data.exists():
        raise DataError(f"--data {data}: no such folder or file")
    use = source.get("use") if isinstance(source, dict) else None
    written = flow(str(data))
    known = registry.preset(preset)
    if _reads(use, data, registry, known):
        return f"source.path={written}"
    reader = known.folder_source if data.is_dir() else known.file_sources.get(data.suffix.lower())
    try:
        name, recognition = recognize(data, registry)
    except DataError:
        if reader is None:
            raise
    else:
        if name != reader:
            settings = {
                key: str(one) if isinstance(one, Path) else one for key, one in recognition.settings.items()
            }
            return f"source={flow({'use': name, **settings})}"
    return f"source={{use: {reader}, path: {written}}}"


def _reads(use: object, data: Path, registry: Registry, preset: Preset) -> bool:
    from genaug.contracts import Source

    wrong = preset.file_sources.values() if data.is_dir() else (preset.folder_source,)
    if not isinstance(use, str) or use in wrong:
        return False
    try:
        reader: type[Source] = registry.get("source", use)  # type: ignore[assignment]
    except PluginError:
        return False  # the source is replaced, so its faults do not matter
    if "path" not in reader.model_fields:
        return False
    if reader.recognize.__func__ is Source.recognize.__func__:  # type: ignore[attr-defined]
        return True  # it does not say what it recognizes
    try:
        return reader.recognize(data) is not None
    except DataError:
        return True  # it says best what is wrong with the data


def output_folder(path: Path, out: Path | None) -> Path:
    """Return the output folder of a config, or of data."""
    if out is not None:
        return out
    from genaug.data.valid_text import valid_text

    name = path.resolve().name if path.is_dir() else path.stem
    return Path("runs") / valid_text(name).replace("\\", "_")
