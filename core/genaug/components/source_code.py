"""The source code that results depend on: a module, and every module of a plugin package it imports.

The source is parsed, nothing is imported. Followed are imports of genaug, of every distribution that
offers components, and of modules that are stored beside the first one; of all others only the names are
returned, whose versions represent their code. The following do not change the hash of a module: comments,
docstrings, the layout of the text, and what is imported for type checkers only.

A module whose name is computed while the program runs (``import_module(f"…")``) cannot be found this way.
"""

import gc
import hashlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from genaug.components.module_files import ModuleFiles

WITHOUT_EFFECT = (
    *("genaug.cli", "genaug.components", "genaug.config", "genaug.descriptions", "genaug.errors"),
    *("genaug.hooks", "genaug.renamed", "genaug.settings", "genaug.testing"),
)
"""Modules that find, read, describe and report components. They affect results only through settings,
which are part of a fingerprint themselves."""


@dataclass(frozen=True)
class Closure:
    """The code that a module depends on.

    Attributes:
        hashes: of the module and each followed one, by name; of data files in their packages, by path.
        others: top-level names of the other modules that are imported, standard library excluded.
    """

    hashes: dict[str, str]
    others: frozenset[str]

    @property
    def digest(self) -> str:
        """Return the sha256 over all hashes."""
        return hashlib.sha256(repr(sorted(self.hashes.items())).encode()).hexdigest()


class SourceCode:
    """A parser of source code that follows imports; each file is read once.

    Args:
        packages: top-level packages whose imports are followed.
    """

    def __init__(self, packages: Iterable[str]) -> None:
        self._packages = frozenset(packages)
        self._files = ModuleFiles()
        self._nodes: dict[str, tuple[str, list[str], set[str]]] = {}
        self._closures: dict[str, Closure] = {}

    def closure(self, module: str) -> Closure:
        """Return the code that a module depends on; empty where the module has no file."""
        if module not in self._closures:
            hashes: dict[str, str] = {}
            others: set[str] = set()
            root = module.partition(".")[0]
            waiting = [module]
            with _uncollected():
                while waiting:
                    name = waiting.pop()
                    if name in hashes or name.startswith(WITHOUT_EFFECT):
                        continue
                    if name not in self._nodes:
                        self._nodes[name] = self._read(name, root)
                    hashes[name], imported, outside = self._nodes[name]
                    waiting += imported
                    others |= outside
            for package in {self._files.package(name) for name in hashes}:
                hashes |= self._files.data(package)
            found = {name: code for name, code in hashes.items() if code}
            self._closures[module] = Closure(found, frozenset(others))
        return self._closures[module]

    def _read(self, name: str, root: str) -> tuple[str, list[str], set[str]]:
        """Return a module's hash, "" without a file, the followed modules it imports, and other names."""
        read = self._files.read(name)
        followed: list[str] = []
        others: set[str] = set()
        for target, wanted in _absolute(read["imports"], name, self._files.package(name) == name):
            top = target.partition(".")[0]
            if top in sys.stdlib_module_names:
                continue
            if top in self._packages or top == root or self._files.are_beside(top, root):
                followed += self._run_by(target, wanted)
            else:
                others.add(top)
        return read["hash"], followed, others

    def _run_by(self, target: str, wanted: str | None) -> list[str]:
        """Return the modules that ``from target import wanted`` executes, except mere re-exports."""
        parts = target.split(".")
        through = (".".join(parts[:end]) for end in range(1, len(parts)))
        found = [package for package in through if not self._files.read(package)["passes_on"]]
        read = self._files.read(target)
        if wanted is None or not read["passes_on"]:
            found.append(target)
        if wanted is not None and self._files.exists(f"{target}.{wanted}"):
            found.append(f"{target}.{wanted}")
        elif wanted is not None and read["passes_on"]:
            behind = read["exports"].get(wanted)
            if behind is None:
                return [*found, target]
            ((module, name),) = _absolute([behind], target, package=True)
            same = module.partition(".")[0] == parts[0]
            return found + (self._run_by(module, name) if same else [target])
        return found


@contextmanager
def _uncollected() -> Iterator[None]:
    """Disable garbage collection while parsing, because it takes half of the time otherwise."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _absolute(imports: Sequence[Sequence[Any]], name: str, package: bool) -> Iterator[tuple[str, str | None]]:
    """Yield what a module imports by absolute names."""
    here = name.split(".") if package else name.split(".")[:-1]
    for level, module, wanted in imports:
        base = here[: len(here) - level + 1] if level else []
        yield ".".join([*base, *([module] if module else [])]), wanted
