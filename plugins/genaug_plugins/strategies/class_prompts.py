"""Prompts for the samples of a class: from templates and attributes, and sentences from a file."""

import itertools
import json
import re
import string
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from genaug.errors import DataError

CLASS = "class"
"""Field of templates for the word for the class."""
WORDS: Mapping[str, Sequence[str]] = {
    "view": ("a photo", "a close-up photo", "a photo from a distance", "a cropped photo", "a blurred photo"),
    "place": ("outdoors", "indoors", "in front of a plain wall", "beside other things", "in the middle"),
    "light": ("in daylight", "at dusk", "in dim light", "in artificial light", "against the light"),
}
"""Built-in words, which fit most things."""
ENHANCED = "{view} of a {class} {place}, {light}"
"""Template for the built-in words."""


def fields(template: str) -> list[str]:
    """Return the fields of a template, in their order.

    Raises:
        ValueError: where its braces do not match, or a field has no name.
    """
    found = [field for _, field, _, _ in string.Formatter().parse(template) if field is not None]
    if wrong := [field for field in found if not field.isidentifier()]:
        raise ValueError(f"template {template!r}: {{{wrong[0]}}} is not a name")
    return found


def filled(templates: Sequence[str], attributes: Mapping[str, Sequence[str]], word: str) -> list[str]:
    """Return every template with every combination of the attributes in it, once each."""
    found: dict[str, None] = {}
    for template in templates:
        used = list(dict.fromkeys(name for name in fields(template) if name != CLASS))
        for values in itertools.product(*(attributes[name] for name in used)):
            found[template.format(**dict(zip(used, values, strict=True)), **{CLASS: word})] = None
    return list(found)


def names_the_class(prompt: str, word: str) -> bool:
    """Return whether a prompt has the word for the class, or its plural, as a word of its own."""
    return re.search(rf"(?<!\w){re.escape(word)}(?:e?s)?(?!\w)", prompt, re.IGNORECASE) is not None


def read_sentences(path: Path, words: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the sentences of each class that name it, each once.

    Args:
        path: a JSON file, ``{class: [sentence, …]}`` or ``[sentence with {class}, …]``; or a text file with
            one sentence with ``{class}`` in each line.
        words: word for each class, by its name.

    Raises:
        DataError: where the file cannot be read, or a class has no sentence that names it.
    """
    try:
        text = path.read_text(encoding="utf-8")
        given = json.loads(text) if path.suffix == ".json" else text.splitlines()
    except (OSError, ValueError) as error:
        raise DataError(f"sentences: {path} cannot be read: {error}") from error
    found: dict[str, list[str]] = {}
    for name, word in words.items():
        if isinstance(given, dict):
            own = given.get(name, [])
        else:
            own = [str(line).replace(f"{{{CLASS}}}", word) for line in given]
        sentences = dict.fromkeys(str(line).strip() for line in own if str(line).strip())
        found[name] = [line for line in sentences if names_the_class(line, word)]
        if not found[name]:
            told = "there are none for it" if not sentences else f"none of {len(sentences)} has this word"
            raise DataError(
                f"sentences: {path} has no sentence for the class {name!r} with the word {word!r} ({told}): "
                f"write some, put {{{CLASS}}} where the word belongs, or set `words: {{{name}: …}}`"
            )
    return found


def without_the_word(path: Path, words: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Yield each class with sentences in a JSON file that do not name it, and how many; see
    `read_sentences`.
    """
    given = json.loads(path.read_text(encoding="utf-8")) if path.suffix == ".json" else []
    if isinstance(given, dict):
        for name, word in words.items():
            if count := sum(not names_the_class(str(line), word) for line in given.get(name, [])):
                yield name, count
