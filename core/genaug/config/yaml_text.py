"""YAML files as plain values, with the line of each."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from genaug.config.place import Place, written
from genaug.errors import ConfigError

MOST_VALUES = 100_000
"""Most values of a config after its aliases are expanded: nested aliases multiply."""

_TAG = "tag:yaml.org,2002:"
_SCALARS = {_TAG + name for name in ("str", "int", "float", "bool", "null")}

_PLAIN_WORDS = (
    (r"character '\\t'", "a tab stands where YAML wants spaces"),
    (
        r"mapping values are not allowed",
        "a ': ' where no value can be: quote the text, or check the indentation",
    ),
    (r"could not find expected ':'", "a key without its ': '"),
    (r"expected <block end>", "the indentation does not fit the lines above"),
    (r"did not find expected <document start>", "the indentation does not fit the lines above"),
    (r"expected ',' or '\}'", "a '{' that is never closed, or a ',' missing within it"),
    (r"expected ',' or '\]'", "a '[' that is never closed, or a ',' missing within it"),
    (r"unexpected end of stream", "a quote that is never closed"),
    (r"found undefined alias", "an alias (*name) for which there is no anchor (&name) above"),
    (r"duplicate anchor", "an anchor (&name) given twice"),
    (r"but found another document", "a second document ('---'): a config is one document"),
    (r"special characters are not allowed", "a control character, which YAML does not allow"),
)


class _Loader(yaml.SafeLoader):
    """A loader of YAML 1.1 with intuitive numbers.

    `1e-3` is a number, `010` is ten, `1:30` and `2024-01-31` are text.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


for _name, _pattern, _first in (
    ("bool", r"yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF", "yYnNtTfFoO"),
    ("int", r"[-+]?[0-9][0-9_]*|0x[0-9a-fA-F_]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+0123456789.",
    ),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(f"^(?:{_pattern})$"), list(_first))


def parse(text: str, name: str) -> tuple[Any, dict[Place, int]]:
    """Return the value of a YAML document, and the line of every key and list item in it.

    Keys are text, as they are written: `no: 3` has the key "no". Aliases become values of their
    own, at the lines of their anchor; None stands for an empty document.

    Args:
        text: the document.
        name: its name in errors, e.g. its path.

    Raises:
        ConfigError: with line and column, for anything but plain values with unrepeated keys.
    """
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None, {}
        builder = _Builder(loader, name)
        return builder.value(node, ()), builder.lines
    except yaml.YAMLError as error:
        raise ConfigError(_explained(error, text, name)) from error
    except RecursionError as error:
        raise ConfigError(f"{name}: nested too deeply to be read") from error


def _explained(error: yaml.YAMLError, text: str, name: str) -> str:
    if isinstance(error, yaml.MarkedYAMLError):
        problem = " ".join(filter(None, (error.context, error.problem)))
        began_before = re.match("while (scanning a (simple key|quoted)|parsing a flow)", error.context or "")
        mark = (error.context_mark if began_before else None) or error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    elif isinstance(error, yaml.reader.ReaderError):
        problem, before = str(error.reason), text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    else:
        problem, line, column = str(error), 1, 1
    plain = next((words for pattern, words in _PLAIN_WORDS if re.search(pattern, problem)), problem)
    return f"{name}:{line}:{column}: not valid YAML: {plain}"


class _Builder:
    """Converter of composed nodes to plain values, which records their lines."""

    def __init__(self, loader: _Loader, name: str) -> None:
        self._loader = loader
        self._name = name
        self._open: list[yaml.Node] = []
        self._count = 0
        self.lines: dict[Place, int] = {}

    def value(self, node: yaml.Node, place: Place) -> Any:
        self._enter(node)
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            result: Any = self._mapping(node, place)
        elif isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            result = [self._item(item, (*place, index)) for index, item in enumerate(node.value)]
        elif isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
            result = self._scalar(node)
        else:
            tag = node.tag.replace(_TAG, "!!")
            raise self._refusal(node, f"the tag {tag} is not allowed: a config holds plain values")
        self._open.pop()
        return result

    def _enter(self, node: yaml.Node) -> None:
        self._count += 1
        if self._count > MOST_VALUES:
            raise self._refusal(node, f"aliases make this more than {MOST_VALUES:,} values")
        if any(node is one for one in self._open):
            raise self._refusal(node, "an anchor contains its own alias")
        self._open.append(node)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        result = {}
        for key, (key_node, value_node) in self._pairs(node, place).items():
            self.lines[*place, key] = key_node.start_mark.line + 1
            result[key] = self.value(value_node, (*place, key))
        return result

    def _pairs(self, node: yaml.MappingNode, place: Place) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """Return the keys of a mapping; its own come before those merged in with ``<<``."""
        own: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        merged: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _TAG + "merge":
                for source in self._merge_sources(value_node):
                    merged = self._pairs(source, place) | merged
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._refusal(key_node, "a key must be text")
            key = key_node.value
            if key in own:
                first = own[key][0].start_mark.line + 1
                raise self._refusal(
                    key_node, f"{written((*place, key))} is given twice: here and in line {first}"
                )
            own[key] = (key_node, value_node)
        return merged | own

    def _merge_sources(self, node: yaml.Node) -> Iterator[yaml.MappingNode]:
        for source in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if not isinstance(source, yaml.MappingNode):
                raise self._refusal(source, "only a mapping can be merged with '<<'")
            self._enter(source)
            yield source
            self._open.pop()

    def _item(self, node: yaml.Node, place: Place) -> Any:
        self.lines[place] = node.start_mark.line + 1
        return self.value(node, place)

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        try:
            if node.tag == _TAG + "int":
                digits = node.value.replace("_", "")
                return int(digits, 16 if digits.startswith("0x") else 10)
            return self._loader.construct_object(node)
        except (ValueError, KeyError) as error:
            tag = node.tag.removeprefix(_TAG)
            raise self._refusal(node, f"{node.value[:40]!r} cannot be read as {tag}") from error

    def _refusal(self, node: yaml.Node, why: str) -> ConfigError:
        mark = node.start_mark
        return ConfigError(f"{self._name}:{mark.line + 1}:{mark.column + 1}: {why}")
