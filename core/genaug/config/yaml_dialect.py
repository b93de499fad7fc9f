"""Which YAML a config is written in: how plain words are read, and the ruamel.yaml that reads and writes it.

ruamel.yaml reads YAML 1.2. Configs keep what they could say under 1.1, where a person means it: ``yes``
and ``off`` are booleans and ``<<`` merges; and numbers are read as people write them: ``1e-3`` is a number,
``010`` is ten; ``0o17``, ``1:30`` and ``2024-01-31`` are text. What is written is quoted by the same rules.
"""

import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.tag import Tag

TAG = "tag:yaml.org,2002:"
"""What the full names of YAML's own tags begin with."""

_PLAIN_WORDS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        (
            "bool",
            "yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF",
        ),
        ("int", r"[-+]?[0-9][0-9_]*|0x[0-9a-fA-F_]+"),
        (
            "float",
            r"[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        ),
        ("null", "~|null|Null|NULL|"),
        ("merge", "<<"),
    )
)


class _Resolver(VersionedResolver):
    """Tell what an unquoted word is; whatever is none of `_PLAIN_WORDS` is text."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """Return the tag of a node that names none."""
        if kind is not ScalarNode:
            return super().resolve(kind, value, implicit)
        names = (name for name, pattern in _PLAIN_WORDS if implicit[0] and pattern.fullmatch(value))
        return Tag(suffix=TAG + next(names, "str"))


class _Composer(Composer):
    """Refuse an anchor given twice, which ruamel.yaml only warns of."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Return the next node, with everything in it."""
        event = self.parser.peek_event()
        if event.anchor in self.anchors and not isinstance(event, AliasEvent):
            first = self.anchors[event.anchor].start_mark
            raise ComposerError("found duplicate anchor", first, None, event.start_mark)
        return super().compose_node(parent, index)


def dialect() -> YAML:
    """Return a reader and writer of one document, in Python alone, whose marks count lines and columns."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Resolver = _Resolver
    yaml.Composer = _Composer
    return yaml
