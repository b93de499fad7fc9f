"""The engine names no built-in: not one text in it, outside docstrings, holds a built-in's name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import genaug
from genaug.components.discovery import discover

ENGINE = Path(genaug.__file__).parent
FOUND = discover()
NAMES = {
    one.name.rpartition(".")[2] for one in (*FOUND.entries, *FOUND.renamed) if one.distribution == "genaug"
}
WORDS = {
    "arrays": "of NumPy; the module of `from_arrays`",
    "auto": "the device that is chosen where the run starts",
    "classification": "what a task with classes is called",
    "columns": "of a table or a matrix",
    "confidence": "of an interval",
    "discriminator": "the network of an adversarial fit",
    "features": "what an extractor makes of samples; the room and folder that keep them",
    "image-to-image": "a capability",
    "inpaint": "a capability",
    "random": "drawn by chance; the modules of Python and NumPy",
    "share": "a part of a whole; to have in common",
    "task": "the kind of component",
    "webdataset": "the library and its format of shards",
}
"""Built-ins' names that are words of the engine too, with what they mean there: allowed, but after `use`."""


def texts(code: str) -> Iterator[tuple[int, str]]:
    """Yield each text of a module but its docstrings, with its line; a reference as ``use: NAME``."""
    tree = ast.parse(code)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "use" and isinstance(value, ast.Constant):
                    yield node.lineno, f"use: {value.value}"


def named(text: str) -> set[str]:
    """Return the built-ins that a text names."""
    words = set(re.findall(r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*", text))
    used = set(re.findall(r"\buse[\"']?\s*[:=]\s*[\"']?([\w-]+)", text))
    return (words & NAMES - WORDS.keys()) | (used & NAMES)


def in_engine() -> Iterator[tuple[str, str]]:
    """Yield each text of the engine with where it is written."""
    for path in sorted(ENGINE.rglob("*.py")):
        for line, text in texts(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(ENGINE)}:{line}", text
    for path in sorted(ENGINE.rglob("*.j2")):
        yield str(path.relative_to(ENGINE)), path.read_text(encoding="utf-8")


def test_no_text_names_a_built_in() -> None:
    found = {where: sorted(named(text)) for where, text in in_engine() if named(text)}
    assert not found, "say it without the name, or read the name from the preset"


def test_the_allowed_words_are_needed() -> None:
    written = {word for _, text in in_engine() for word in re.findall(r"[\w-]+", text)}
    assert set(WORDS) <= NAMES & written


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ('page = {"use": "html-report"}', {"html-report"}),
        ('page = {"use": "random"}', {"random"}),
        ('print("{use: downstream} does")', {"downstream"}),
        ('print(f"{folder}: ({{use: random}} does)")', {"random"}),
        ('print("VALIDATOR.FINDING, like fidelity.density")', {"fidelity", "density"}),
        ('registry.get("extractor", "pixels")', {"pixels"}),
        ('_OLD = "theory"', {"theory"}),
        ('"""Return what `html-report` writes."""', set()),
        ('"a random share of the features"', set()),
        ('random = "random"', set()),
    ],
)
def test_what_counts_as_a_name(code: str, names: set[str]) -> None:
    assert {name for _, text in texts(code) for name in named(text)} == names
