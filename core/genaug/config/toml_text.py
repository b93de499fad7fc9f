"""TOML files as plain values, with the line of each statement."""

import re
import tomllib
from typing import Any

from genaug.config.place import Place
from genaug.errors import ConfigError


def parse(text: str, name: str) -> tuple[dict[str, Any], dict[Place, int]]:
    """Return the value of a TOML document, and the line of the statement of each part.

    Args:
        text: the document.
        name: its name in errors, e.g. its path.

    Raises:
        ConfigError: with line and column.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", str(error))
        if where is None:
            raise ConfigError(f"{name}: not valid TOML: {error}") from error
        line, column = where[1] or text.count("\n") + 1, where[2] or 1
        problem = str(error)[: where.start()]
        raise ConfigError(
            f"{name}:{line}:{column}: not valid TOML: {problem[:1].lower()}{problem[1:]}"
        ) from error
    except RecursionError as error:
        raise ConfigError(f"{name}: nested too deeply to be read") from error
    return data, _lines(text)


def _lines(text: str) -> dict[Place, int]:
    """Find the line of each key by parsing the statements of a valid document one by one.

    A statement that spans lines (a long array or string) is complete when it parses alone.
    """
    lines: dict[Place, int] = {}
    tables: dict[Place, int] = {}  # number of [[array of tables]] headers so far
    header: Place = ()
    statement = ""
    start = 1
    for number, line in enumerate(text.split("\n"), 1):
        if not statement:
            start = number
        statement += line + "\n"
        try:
            found = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        opening = statement.lstrip()
        statement = ""
        if opening.startswith("["):
            header = _opened(found, tables, counted=opening.startswith("[["))
            lines.setdefault(header, start)
        else:
            _note(found, header, start, lines)
    return lines


def _opened(found: dict[str, Any], tables: dict[Place, int], counted: bool) -> Place:
    """Return the place of the keys under a ``[a.b]`` or ``[[a.b]]`` header."""
    place: Place = ()
    value: Any = found
    while isinstance(value, dict) and value:
        key, value = next(iter(value.items()))
        place = (*place, key)
        if isinstance(value, list) and counted:
            tables[place] = tables.get(place, 0) + 1
        if place in tables:
            place = (*place, tables[place] - 1)
        if isinstance(value, list):
            break
    return place


def _note(value: Any, place: Place, line: int, lines: dict[Place, int]) -> None:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in parts:
        lines.setdefault((*place, step), line)
        _note(part, (*place, step), line, lines)
