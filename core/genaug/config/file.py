"""Config files: their values, with the place of each."""

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from genaug.config import toml_text, yaml_text
from genaug.config.odd_characters import odd_characters
from genaug.config.place import Place, parsed, written
from genaug.errors import ConfigError

SUFFIXES = (".yaml", ".yml", ".toml")


@dataclass
class ConfigFile:
    """The content of a config file, with overrides.

    Attributes:
        name: the file's path as the user wrote it.
        data: its values, as plain data.
        lines: the line of each place in the file.
        overrides: the text of the override of each place that has one.
        words: each number, boolean and null as it is written, of YAML.
        switched: the text of the override that names another component, by the place of the component.
    """

    name: str
    data: dict[str, Any]
    lines: dict[Place, int] = field(default_factory=dict)
    overrides: dict[Place, str] = field(default_factory=dict)
    words: dict[Place, str] = field(default_factory=dict)
    switched: dict[Place, str] = field(default_factory=dict)

    def where(self, place: Place) -> str:
        """Return where a place, or the nearest enclosing one, was written: ``digits.yaml:14``."""
        for end in range(len(place), -1, -1):
            if place[:end] in self.overrides:
                return f"--set {self.overrides[place[:end]]}"
            if place[:end] in self.lines:
                return f"{self.name}:{self.lines[place[:end]]}"
        return self.name

    def override(self, text: str) -> Self:
        """Set one place from ``path=value``, in this object, and return it.

        Args:
            text: ``generator.steps=200``, ``selectors[1].at_least=0.9`` or
                ``selectors.1.at_least=0.9``; the value is read as YAML. An index one beyond the
                end of a list adds to it.

        Raises:
            ConfigError: where there is no such place, or the value is not valid YAML.
        """
        path, equals, literal = text.partition("=")
        place = parsed(path.strip())
        if not equals or place is None:
            raise ConfigError(f"--set {text}: expected path=value, like generator.steps=200")
        value, _, words = yaml_text.parse_with_words(literal, f"--set {text}")
        place = self._assign(place, value, text)
        for known in [one for one in self.words if one[: len(place)] == place]:
            del self.words[known]
        self.words |= {(*place, *inside): word for inside, word in words.items()}
        for known in [one for one in self.lines if one[: len(place)] == place]:
            del self.lines[known]
        for known in [one for one in self.overrides if one[: len(place)] == place]:
            del self.overrides[known]
        self.overrides[place] = text
        return self

    def _assign(self, place: Place, value: Any, text: str) -> Place:
        """Set the value at the place; return the place, with list positions as numbers."""
        holder: Any = self.data
        for depth, step in enumerate(place):
            here = place[:depth]
            if isinstance(holder, list):
                index = _index(step, holder, here, text)
                place = (*here, index, *place[depth + 1 :])
                if index == len(holder):
                    holder.append({})
                    self.overrides.setdefault(place[: depth + 1], text)
                step = index
            elif isinstance(holder, dict) and isinstance(step, str):
                if step not in holder:
                    holder[step] = {}
                    self.overrides.setdefault(place[: depth + 1], text)
            elif isinstance(holder, dict):
                raise ConfigError(
                    f"--set {text}: {written(here) or 'the config'} is a mapping: it has no [{step}]"
                )
            else:
                raise ConfigError(f"--set {text}: {written(here)} is {holder!r}, which holds no {step!r}")
            if depth == len(place) - 1:
                if step == "use" and holder[step] not in ({}, value):
                    self.switched[here] = text
                holder[step] = value
            else:
                holder = holder[step]
        return place


def _index(step: str | int, holder: list[Any], here: Place, text: str) -> int:
    if isinstance(step, str) and not step.isdecimal():
        raise ConfigError(f"--set {text}: {written(here)} is a list: say which, like {written((*here, 0))}")
    if int(step) > len(holder):
        beyond = written((*here, len(holder)))
        raise ConfigError(
            f"--set {text}: {written(here)} holds {len(holder)}, counted from 0: the next is {beyond}"
        )
    return int(step)


def read(path: str | Path) -> ConfigFile:
    """Read a config file: YAML or TOML by its suffix, UTF-8, one mapping.

    Raises:
        ConfigError: naming the file, the line where there is one, and what to do.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        if not path.exists():
            raise ConfigError(f"{path}: there is no such config, file or folder{_neighbours(path)}")
        raise ConfigError(
            f"{path}: a config file ends in .yaml (or .yml) or .toml, not {path.suffix or 'nothing'!r}; "
            f"`genaug init {path}` writes a config for data, `genaug run {path}` writes and runs it"
        )
    text = _text(path)
    data: Any
    words: dict[Place, str] = {}
    if suffix == ".toml":
        data, lines = toml_text.parse(text, str(path))
    else:
        data, lines, words = yaml_text.parse_with_words(text, str(path))
    if not data and not isinstance(data, list):
        raise ConfigError(f"{path}: the file is empty; `genaug init FOLDER` writes a config to start from")
    if not isinstance(data, dict):
        kind = "a list" if isinstance(data, list) else "a single value"
        odd = odd_characters(text)
        kind += f", and contains {odd}" if odd else ""
        raise ConfigError(f"{path}: a config is a mapping (`seed: 0`, `source: …`), but this is {kind}")
    return ConfigFile(str(path), data, lines, words=words)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: there is no such file{_neighbours(path)}") from error
    except IsADirectoryError as error:
        raise ConfigError(f"{path}: this is a folder, not a config file") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}: not UTF-8 text: save the file in UTF-8") from error


def _neighbours(path: Path) -> str:
    if not path.parent.is_dir():
        return f", nor the folder {path.parent}"
    names = sorted(one.name for one in path.parent.iterdir() if one.suffix.lower() in SUFFIXES)
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.4) or names[:5]
    return f"; in {path.parent} there is {', '.join(near)}" if near else ""
