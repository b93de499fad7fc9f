"""The files of modules, and the data files beside them."""

import hashlib
import importlib.util
import os
import sys
import sysconfig
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

from genaug.components import file_memory
from genaug.components.source_summary import VERSION, summary


class ModuleFiles:
    """The files of modules, found and parsed without importing anything."""

    def __init__(self) -> None:
        self._tops: dict[str, tuple[Path | None, tuple[Path, ...]]] = {}
        self._listed: dict[Path, frozenset[str]] = {}
        self._paths: dict[str, Path | None] = {}
        self._modules: dict[str, frozenset[str]] = {}
        self._data: dict[str, dict[str, str]] = {}
        self._summaries: dict[str, dict[str, Any]] = {}

    def read(self, name: str) -> dict[str, Any]:
        """Return the summary of a module's file; without a file it counts as a re-exporting package."""
        if name not in self._summaries:
            path = self.path(name)
            if path is None:
                read = {"hash": "", "imports": [], "exports": {}, "passes_on": True}
            elif path.suffix == ".py":
                read = file_memory.recall(f"source {VERSION} {sys.version}", path, summary)
            else:
                compiled = file_memory.recall("sha256", path, sha256)
                read = {"hash": compiled, "imports": [], "exports": {}, "passes_on": False}
            self._summaries[name] = read
        return self._summaries[name]

    def path(self, name: str) -> Path | None:
        """Return the file of a module; None where there is none, as of a namespace package."""
        if name not in self._paths:
            top, *rest = name.split(".")
            file, folders = self._top(top)
            inner = (self._inside(folder.joinpath(*rest)) for folder in folders)
            self._paths[name] = next((path for path in inner if path), None) if rest else file
        return self._paths[name]

    def exists(self, name: str) -> bool:
        """Return whether there is such a module in a package, or a package without a file."""
        package, _, module = name.rpartition(".")
        if package not in self._modules:
            top, *rest = package.split(".")
            names = {one for folder in self._top(top)[1] for one in self._names(folder.joinpath(*rest))}
            code = (".py", *EXTENSION_SUFFIXES)
            self._modules[package] = frozenset(
                one.partition(".")[0] if one.endswith(code) else one for one in names
            )
        return module in self._modules[package]

    def package(self, name: str) -> str:
        """Return the package that a module is in; a package is in itself."""
        path = self.path(name)
        inside = path is not None and path.name != "__init__.py"
        return name.rpartition(".")[0] if inside else name

    def data(self, package: str) -> dict[str, str]:
        """Return the hashes of templates and other data that are stored in a package, by path.

        Its folders that are not packages themselves belong to it.
        """
        if package not in self._data:
            path = self.path(package) if package else None
            found: dict[str, str] = {}
            folders = [path.parent] if path and path.name == "__init__.py" else []
            for folder in folders:
                for name in sorted(self._names(folder)):
                    inner = folder / name
                    if name.endswith((".py", ".pyc", ".pyi", *EXTENSION_SUFFIXES)):
                        continue
                    if inner.is_file():
                        key = f"{package}/{inner.relative_to(folders[0]).as_posix()}"
                        found[key] = str(file_memory.recall("sha256", inner, sha256))
                    elif (
                        inner.is_dir()
                        and name.isidentifier()
                        and name != "__pycache__"
                        and self._inside(inner) is None
                    ):
                        folders.append(inner)
            self._data[package] = found
        return self._data[package]

    def are_beside(self, one: str, other: str) -> bool:
        """Return whether two top-level modules are in the same folder, outside of site-packages."""
        folders = {self._folder(one), self._folder(other)}
        return len(folders) == 1 and not folders & {None, *_site_packages()}

    def _folder(self, top: str) -> Path | None:
        file, folders = self._top(top)
        return folders[0].parent if folders else file and file.parent

    def _top(self, top: str) -> tuple[Path | None, tuple[Path, ...]]:
        """Return the file of a top-level module, and the folders of its submodules."""
        if top not in self._tops:
            try:
                spec = importlib.util.find_spec(top)
            except (ImportError, ValueError):  # loaded without a spec, like __main__
                spec = None
            if spec is None:
                file = getattr(sys.modules.get(top), "__file__", None)
                folders: tuple[Path, ...] = ()
            else:
                file = spec.origin if spec.has_location else None
                folders = tuple(map(Path, spec.submodule_search_locations or ()))
            self._tops[top] = (Path(file) if file else None, folders)
        return self._tops[top]

    def _inside(self, place: Path) -> Path | None:
        names = self._names(place.parent)
        if place.name in names and "__init__.py" in self._names(place):
            return place / "__init__.py"
        files = (place.name + suffix for suffix in (".py", *EXTENSION_SUFFIXES))
        return next((place.with_name(name) for name in files if name in names), None)

    def _names(self, folder: Path) -> frozenset[str]:
        if folder not in self._listed:
            try:
                self._listed[folder] = frozenset(os.listdir(folder))
            except OSError:
                self._listed[folder] = frozenset()
        return self._listed[folder]


def sha256(path: Path) -> str:
    """Return the sha256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _site_packages() -> frozenset[Path | None]:
    return frozenset(Path(sysconfig.get_path(name)) for name in ("purelib", "platlib", "stdlib"))
