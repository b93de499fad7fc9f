"""YAML files as plain values, with the line of each."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from genaug.config.odd_characters import odd_characters
from genaug.config.place import Place, written
from genaug.config.yaml_dialect import TAG, dialect
from genaug.errors import ConfigError

MOST_VALUES = 100_000
"""Most values of a config after its aliases are expanded: nested aliases multiply."""

_BOOLEANS = {"yes": True, "no": False, "true": True, "false": False, "on": True, "off": False}
_SCALARS: dict[str, Callable[[str], Any]] = {
    TAG + "str": str,
    TAG + "int": lambda digits: int(digits.replace("_", ""), 16 if digits.startswith("0x") else 10),
    TAG + "float": lambda digits: float(re.sub(r"_|\.(?=[iInN])", "", digits)),
    TAG + "bool": lambda word: _BOOLEANS[word.lower()],
    TAG + "null": lambda word: None,
}

_PLAIN_WORDS = (
    (r"character '\\t'", "a tab where YAML wants spaces"),
    (
        r"mapping values are not allowed",
        "a ': ' where no value can be: quote the text, or check the indentation",
    ),
    (r"could not find expected ':'", "a key without its ': '"),
    (r"expected <block end>", "the indentation does not fit the lines above"),
    (r"expected '<document start>'", "something after the end of the config: check indentation and brackets"),
    (r"expected ',' or '\}'", "a '{' that is never closed, or a ',' missing within it"),
    (r"expected ',' or '\]'", "a '[' that is never closed, or a ',' missing within it"),
    (r"expected the node content, but found '<stream end>'", "a '{' or '[' that is never closed"),
    (r"cannot start any token", "text cannot begin with this character: quote it"),
    (r"unknown escape character", "an unknown escape: write it in single quotes"),
    (r"unexpected end of stream", "a quote that is never closed"),
    (r"found undefined alias", "an alias (*name) for which there is no anchor (&name) above"),
    (r"duplicate anchor", "an anchor (&name) given twice"),
    (r"but found another document", "a second document ('---'): a config is one document"),
    (r"special characters are not allowed", "a control character, which YAML does not allow"),
)


def parse(text: str, name: str) -> tuple[Any, dict[Place, int]]:
    """Return the value of a YAML document, and the line of every key and list item in it.

    See `parse_with_words`.
    """
    value, lines, _ = parse_with_words(text, name)
    return value, lines


def parse_with_words(text: str, name: str) -> tuple[Any, dict[Place, int], dict[Place, str]]:
    """Return the value of a YAML document, the lines of its parts, and the words of what is not text in it.

    The line of every key and list item is returned; and each number, boolean and null as it is written.
    Keys are text, as they are written: `no: 3` has the key "no". Aliases become values of their
    own, at the lines of their anchor; None for an empty document.

    Args:
        text: the document.
        name: its name in errors, e.g. its path.

    Raises:
        ConfigError: with line and column, for anything but plain values with unrepeated keys.
    """
    try:
        node = dialect().compose(text)
        if node is None:
            return None, {}, {}
        builder = _Builder(name)
        return builder.value(node, ()), builder.lines, builder.words
    except YAMLError as error:
        raise ConfigError(_explained(error, text, name)) from error
    except RecursionError as error:
        raise ConfigError(f"{name}: nested too deeply to be read") from error


def _explained(error: YAMLError, text: str, name: str) -> str:
    if isinstance(error, MarkedYAMLError):
        problem = " ".join(filter(None, (error.context, error.problem)))
        began_before = re.match("while (scanning a (simple key|quoted)|parsing a flow)", error.context or "")
        mark = (error.context_mark if began_before else None) or error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    elif isinstance(error, ReaderError):
        problem, before = str(error.reason), text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    else:
        problem, line, column = str(error), 1, 1
    plain = next((words for pattern, words in _PLAIN_WORDS if re.search(pattern, problem)), problem)
    # Often the cause is in an earlier line: a no-break space is no space to YAML.
    lines = [re.sub(r"(^|\s)#.*", "", one) for one in text.split("\n")[:line]]
    odd = next(((n, found) for n in range(line, 0, -1) if (found := odd_characters(lines[n - 1]))), None)
    contains = f" (line {odd[0]} contains {odd[1]})" if odd else ""
    return f"{name}:{line}:{column}: not valid YAML: {plain}{contains}"


class _Builder:
    """Converter of composed nodes to plain values, which records their lines and words."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[Node] = []
        self._count = 0
        self.lines: dict[Place, int] = {}
        self.words: dict[Place, str] = {}

    def value(self, node: Node, place: Place) -> Any:
        """Return the value of a node, and record the lines of what is in it."""
        self._enter(node)
        result: Any
        if isinstance(node, MappingNode) and node.tag == TAG + "map":
            result = {}
            for key, (key_node, value_node) in self._pairs(node, place).items():
                self.lines[*place, key] = key_node.start_mark.line + 1
                result[key] = self.value(value_node, (*place, key))
        elif isinstance(node, SequenceNode) and node.tag == TAG + "seq":
            result = []
            for index, item in enumerate(node.value):
                self.lines[*place, index] = item.start_mark.line + 1
                result.append(self.value(item, (*place, index)))
        elif isinstance(node, ScalarNode) and node.tag in _SCALARS:
            try:
                result = _SCALARS[str(node.tag)](node.value)
                if not isinstance(result, str):
                    self.words[place] = node.value
            except (ValueError, KeyError) as error:
                kind = str(node.tag).removeprefix(TAG)
                raise self._refusal(node, f"{node.value[:40]!r} cannot be read as {kind}") from error
        else:
            tag = str(node.tag).replace(TAG, "!!")
            raise self._refusal(node, f"the tag {tag} is not allowed: a config holds plain values")
        self._open.pop()
        return result

    def _enter(self, node: Node) -> None:
        self._count += 1
        if self._count > MOST_VALUES:
            raise self._refusal(node, f"aliases make this more than {MOST_VALUES:,} values")
        if any(node is one for one in self._open):
            raise self._refusal(node, "an anchor contains its own alias")
        self._open.append(node)

    def _pairs(self, node: MappingNode, place: Place) -> dict[str, tuple[Node, Node]]:
        """Return the keys of a mapping; its own come before those merged in with ``<<``."""
        own: dict[str, tuple[Node, Node]] = {}
        merged: dict[str, tuple[Node, Node]] = {}
        for key_node, value_node in node.value:
            if key_node.tag == TAG + "merge":
                for source in self._merge_sources(value_node):
                    merged = self._pairs(source, place) | merged
                continue
            if not isinstance(key_node, ScalarNode):
                raise self._refusal(key_node, "a key must be text")
            key = key_node.value
            if not key and not key_node.style:
                raise self._refusal(key_node, "a ':' without a key before it")
            if key in own:
                first = own[key][0].start_mark.line + 1
                raise self._refusal(
                    key_node, f"{written((*place, key))} is given twice: here and in line {first}"
                )
            own[key] = (key_node, value_node)
        return merged | own

    def _merge_sources(self, node: Node) -> Iterator[MappingNode]:
        for source in node.value if isinstance(node, SequenceNode) else [node]:
            if not isinstance(source, MappingNode):
                raise self._refusal(source, "only a mapping can be merged with '<<'")
            self._enter(source)
            yield source
            self._open.pop()

    def _refusal(self, node: Node, why: str) -> ConfigError:
        mark = node.start_mark
        return ConfigError(f"{self._name}:{mark.line + 1}:{mark.column + 1}: {why}")
