"""Plain values to YAML, quoted so that a config reads them back as they are."""

import io
import re
from typing import Any

from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import SafeRepresenter

from genaug.config.yaml_dialect import TAG, dialect

_NEEDS_NO_QUOTES = re.compile(r"[\w/](?:[\w ./+-]*[\w./+-])?")
_LINE_BREAK = re.compile("[\n\r\x85\u2028\u2029]")


class _Representer(SafeRepresenter):
    """Quote whatever text could be mistaken for something else; escape line breaks."""

    def represent_str(self, data: Any) -> ScalarNode:
        """Return the node of a text; words like ``no`` are plain here, and quoted on emission."""
        plain = _NEEDS_NO_QUOTES.fullmatch(data)
        style = None if plain else '"' if _LINE_BREAK.search(data) else "'"
        return self.represent_scalar(TAG + "str", data, style=style)


_Representer.add_representer(str, _Representer.represent_str)


def block(value: Any) -> str:
    """Return plain values as YAML with a line for each, ending in a line break.

    Args:
        value: None, booleans, numbers, text, and lists or dicts of them; dicts keep their order. A list or
            dict that occurs twice becomes an anchor and its alias.
    """
    return _dumped(value, flow=False)


def flow(value: Any) -> str:
    """Return plain values as YAML in one line that may be part of other YAML: ``{use: dcgan, width: 16}``."""
    return _dumped(value, flow=True).removesuffix("\n")


def _dumped(value: Any, flow: bool) -> str:
    yaml = dialect()
    yaml.Representer = _Representer
    yaml.default_flow_style = flow
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 2**31
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(value, stream)
    return stream.getvalue().removesuffix("...\n")  # the end of a document that is a single plain word
