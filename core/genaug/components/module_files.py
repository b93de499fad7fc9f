"""The files of modules: the hash of their code, and their imports."""

import ast
import hashlib
import importlib.util
import os
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

from genaug.components import file_memory

VERSION = 1
"""Version of `_parsed`; to be increased when its result changes."""


class ModuleFiles:
    """The files of modules, found and parsed without importing anything."""

    def __init__(self) -> None:
        self._tops: dict[str, tuple[Path | None, tuple[Path, ...]]] = {}
        self._listed: dict[Path, frozenset[str]] = {}
        self._paths: dict[str, Path | None] = {}
        self._summaries: dict[str, dict[str, Any]] = {}

    def read(self, name: str) -> dict[str, Any]:
        """Return the result of `_parsed` for a module; without a file it counts as a re-exporting package."""
        if name not in self._summaries:
            path = self.path(name)
            if path is None:
                read = {"hash": "", "imports": [], "exports": {}, "passes_on": True}
            elif path.suffix == ".py":
                read = file_memory.recall(f"source {VERSION} {sys.version}", path, _parsed)
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
        """Return whether there is such a module, or a package without a file."""
        top, *rest = name.split(".")
        return self.path(name) is not None or any(
            rest[-1] in self._names(folder.joinpath(*rest[:-1])) for folder in self._top(top)[1]
        )

    def package(self, name: str) -> str:
        """Return the package that a module is in; a package is in itself."""
        path = self.path(name)
        inside = path is not None and path.name != "__init__.py"
        return name.rpartition(".")[0] if inside else name

    def data(self, package: str) -> dict[str, str]:
        """Return the hashes of templates and other data that are stored in a package."""
        path = self.path(package) if package else None
        if path is None or path.name != "__init__.py":
            return {}
        code = (".py", ".pyc", ".pyi", *EXTENSION_SUFFIXES)
        files = (path.parent / name for name in sorted(self._names(path.parent)) if not name.endswith(code))
        return {
            f"{package}/{file.name}": str(file_memory.recall("sha256", file, sha256))
            for file in files
            if file.is_file()
        }

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


def _parsed(path: Path) -> dict[str, Any]:
    """Parse a source file; return the result as plain JSON.

    Returns:
        hash: of its code. imports: level, module and name of each import, name None: the module itself.
        exports: level, module and name behind each name that a package re-exports. passes_on: whether
        it does nothing else.
    """
    source = path.read_bytes()
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # the error is reported when the module is imported
        return {"hash": hashlib.sha256(source).hexdigest(), "imports": [], "exports": {}, "passes_on": False}
    exports = {
        alias.asname or alias.name: [node.level, node.module or "", alias.name]
        for node in ast.walk(ast.Module([n for n in tree.body if isinstance(n, ast.ImportFrom | ast.If)], []))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    passes_on = path.name == "__init__.py" and all(_passes_on(node) for node in tree.body)
    imports: list[list[Any]] = []
    _strip(tree.body, imports)
    if b"import_module(" in source:
        imports += [[0, name, None] for name in _imported_by_call(tree)]
    code = hashlib.sha256(ast.dump(tree).encode()).hexdigest()
    return {"hash": code, "imports": imports, "exports": exports, "passes_on": passes_on}


def _passes_on(node: ast.stmt) -> bool:
    """Return whether a statement of a package is a re-export or defines ``__all__``."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name.startswith("_")
        case ast.FunctionDef(name=name):
            return name in ("__getattr__", "__dir__")
    return _for_type_checkers(node)


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _for_type_checkers(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _strip(body: list[ast.stmt], imports: list[list[Any]]) -> None:
    """Remove docstrings and type-checking blocks from a block of statements; collect its imports."""
    body[:] = [node for node in body if not _is_text(node)]
    for place, node in enumerate(body):
        if isinstance(node, ast.If) and _for_type_checkers(node):
            body[place] = ast.If(ast.Constant(False), [], node.orelse)
            _strip(node.orelse, imports)
        elif isinstance(node, ast.Import):
            imports += [[0, alias.name, None] for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imports += [[node.level, node.module or "", alias.name] for alias in node.names]
        else:
            for field in ("body", "orelse", "finalbody"):
                _strip(getattr(node, field, []), imports)
            for inner in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
                _strip(inner.body, imports)


def _imported_by_call(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name


@cache
def _site_packages() -> frozenset[Path | None]:
    return frozenset(Path(sysconfig.get_path(name)) for name in ("purelib", "platlib", "stdlib"))
