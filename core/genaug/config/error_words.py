"""Plain words for pydantic's errors, by their type."""

import difflib
import json
from collections.abc import Mapping
from typing import Any

from genaug.config.odd_characters import odd_characters

_LONGEST_VALUE = 60
_LIST = "expected a list: one `- …` line for each item"
_MAPPING = "expected a mapping: `key: value`"
_TEXT, _NUMBER, _WHOLE, _BOOLEAN = (
    "expected text",
    "expected a number",
    "expected a whole number",
    "expected true or false",
)
_WORDS = {
    "string_type": _TEXT,
    "string_sub_type": _TEXT,
    "bytes_type": _TEXT,
    "path_type": "expected a path",
    "string_unicode": "expected text in UTF-8",
    "string_too_short": "expected at least {min_length} characters",
    "string_too_long": "expected at most {max_length} characters",
    "string_pattern_mismatch": "expected text like {pattern}",
    "bool_type": _BOOLEAN,
    "bool_parsing": _BOOLEAN,
    "boolean_for_number": "expected a number, not true or false",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": "expected a whole number of fewer digits",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "expected a finite number",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "multiple_of": "must be a multiple of {multiple_of}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "none_required": "must be null, or left out",
    "tuple_type": _LIST,
    "list_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "iterable_type": _LIST,
    "dict_type": _MAPPING,
    "mapping_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "too_short": "expected a list of {min_length} or more, but it has {actual_length}",
    "too_long": "expected a list of {max_length} or fewer, but it has {actual_length}",
    "invalid_key": "a key must be text",
}
_TEXTS = {"string_type", "string_sub_type", "path_type", "literal_error", "enum"}
"""Types of errors where a word that YAML reads as something else may be meant as text."""


def error_words(kind: str, message: str, value: Any, context: Mapping[str, Any], written: str | None) -> str:
    """Return what is wrong with a value, and what was given.

    Args:
        kind: type of pydantic's error.
        message: its own message, for types that are raised by components.
        value: the value.
        context: of the error.
        written: the value as it is written in the file, where that is not text; None: not known.
    """
    template = _WORDS.get(kind)
    sentence = (
        template.format(
            **{key: f"{one:g}" if isinstance(one, float) else one for key, one in context.items()}
        )
        if template
        else message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    )
    if isinstance(value, dict | list | tuple) and kind not in _WORDS:
        return sentence
    if isinstance(value, dict | list | tuple | set | frozenset):
        given = "a mapping" if isinstance(value, dict) else "a list"
        return sentence if kind in ("too_short", "too_long") else f"{sentence} (you gave {given})"
    if hasattr(value, "model_fields"):
        return sentence
    if kind in ("literal_error", "enum") and isinstance(value, str):
        expected = [
            one.strip("'\"") for one in str(context.get("expected", "")).replace(" or ", ", ").split(", ")
        ]
        near = difflib.get_close_matches(value, expected, n=1)
        sentence += f"; did you mean {near[0]!r}?" if near and near[0] != value else ""
    given = written if written is not None else json.dumps(value, ensure_ascii=False, default=str)
    if len(given) > _LONGEST_VALUE:
        given = given[:_LONGEST_VALUE] + "…"
    odd = odd_characters(value) if isinstance(value, str) else ""
    contains = f", which contains {odd}" if odd else ""
    quoted = ""
    if kind in _TEXTS and isinstance(value, bool | int | float):
        quoted = f": quote it: '{given}'"
    elif kind in _TEXTS and value is None and written:
        quoted = f": where it is meant as text, quote it: '{given}'"
    return f"{sentence} (you gave {given}{contains}){quoted}"
