"""Short English texts available in every installation: docstrings of Python packages."""

import ast
import hashlib
import importlib.metadata
import importlib.util
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field

from genaug import Source
from genaug.data import Dataset, Samples, SampleSpec
from genaug.data.encoding import object_array
from genaug.errors import DataError

_SPACE = re.compile(r"\s+")
_WORDS = 4
"""Minimum number of words of a sentence."""


class DocstringsSource(Source):
    """Read the first sentences of docstrings, by the package they come from: real English, no download.

    An example data set of texts: which library does "Compute the inverse of a matrix" come from? The
    sentences are those of the installed versions, so another version is another data set (`state` depends on
    it). Source files are parsed, not imported, in the order of their names' hashes, until there are enough
    sentences; tests, private names and repeated sentences are left out.
    """

    name: ClassVar[str] = "docstrings"

    packages: tuple[str, ...] = Field(default=("scipy", "sklearn", "torch"), min_length=1)
    """Packages, one class each."""
    per_class: int = Field(default=300, ge=2)
    """Maximum number of sentences of each package."""

    def load(self) -> Dataset:
        """Read the sentences, package by package.

        Raises:
            DataError: where a package is not installed, or has too few sentences.
        """
        texts: list[str] = []
        labels: list[int] = []
        for label, package in enumerate(self.packages):
            found = list(itertools.islice(_sentences(_folder(package)), self.per_class))
            if len(found) < 2:
                raise DataError(
                    f"the package {package!r} has {len(found)} docstrings of {_WORDS} words or more"
                )
            texts += found
            labels += [label] * len(found)
        spec = SampleSpec(
            modality="text",
            shape=(),
            class_names=self.packages,
            details={"text": "text", "label": "package", "origin": f"docstrings of {self.state()}"},
        )
        return Dataset(spec, Samples(object_array(texts), np.array(labels, dtype=np.int64)))

    def known_modality(self) -> str:
        """Return `text`."""
        return "text"

    def state(self) -> str:
        """Return the packages' versions.

        Raises:
            DataError: where one is not installed.
        """
        owners = importlib.metadata.packages_distributions()
        for package in self.packages:
            _folder(package)
        return ", ".join(
            f"{name} {importlib.metadata.version(owners[name][0])}" if name in owners else name
            for name in self.packages
        )


def _folder(package: str) -> Path:
    found = importlib.util.find_spec(package) if package.isidentifier() else None
    if found is None or not found.submodule_search_locations:
        raise DataError(f"there is no installed package {package!r} to read docstrings from")
    return Path(next(iter(found.submodule_search_locations)))


def _sentences(folder: Path) -> Iterator[str]:
    """Yield the first sentence of each public function's and class's docstring, each sentence once."""
    names = sorted(
        (path.relative_to(folder).as_posix() for path in folder.rglob("*.py")),
        key=lambda name: hashlib.sha256(name.encode()).hexdigest(),
    )
    seen: set[str] = set()
    for name in names:
        if {"tests", "testing", "externals"} & set(name.split("/")):
            continue
        try:
            tree = ast.parse((folder / name).read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError, OSError):
            continue  # a file for another Python version
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                paragraph = (ast.get_docstring(node) or "").split("\n\n")[0]
                sentence = _SPACE.sub(" ", paragraph).split(". ")[0].strip().rstrip(".")
                if len(sentence.split()) >= _WORDS and sentence.isascii() and sentence not in seen:
                    seen.add(sentence)
                    yield sentence
