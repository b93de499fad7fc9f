"""The data and the output of a run are in separate folders."""

from pathlib import Path

from genaug.components.identity import parts
from genaug.contracts import Source
from genaug.data.valid_text import valid_text
from genaug.errors import ConfigError


def check_separate(source: Source, folder: Path) -> None:
    """Refuse an output folder inside the data, data inside the output folder, or one that cannot be written.

    A run would otherwise change its own data: the next one would learn from what this one has written. All
    settings that are paths, of the source and of what it refers to, are compared.

    Args:
        source: of the data.
        folder: the output folder; it need not exist.

    Raises:
        ConfigError: naming both, and what to do.
    """
    if valid_text(str(folder)) != str(folder):
        raise ConfigError(
            f"the name of the output folder {valid_text(str(folder))} has bytes that are not UTF-8: choose "
            "another one with --out"
        )
    out = folder.expanduser().resolve()
    for part in parts(source):
        for setting in type(part).model_fields:
            value = getattr(part, setting)
            for given in value if isinstance(value, tuple | list) else (value,):
                if not isinstance(given, Path):
                    continue
                data = given.expanduser().resolve()
                if out == data or (data.is_dir() and out.is_relative_to(data)):
                    raise ConfigError(
                        f"the output folder {folder} is inside the data, {given} ({part.kind} {part.name!r}, "
                        f"setting {setting!r}): the next run would learn from what this one writes. Choose a "
                        f"folder outside, e.g. --out {data.parent / f'{data.name}-run'}"
                    )
                if data.is_relative_to(out):
                    raise ConfigError(
                        f"the data, {given} ({part.kind} {part.name!r}, setting {setting!r}), are inside the "
                        f"output folder {folder}, which a run writes and clears: choose another with --out"
                    )
