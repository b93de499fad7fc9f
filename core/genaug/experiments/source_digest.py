"""The digest of the code that a record rests on."""

import ast
import hashlib
import importlib.util
import io
import tokenize
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path


def source_digest(roots: Iterable[str], folder: Path | None = None) -> str:
    """Return the sha256 of source files and of all that they import, within genaug and their own packages.

    Docstrings, comments and blank lines do not count: they change no result.

    Args:
        roots: names of modules, and paths of scripts, which end in ``.py``. Imports are followed into
            genaug and into the top-level packages of these modules.
        folder: what the paths of scripts are relative to; None: the working directory.

    Raises:
        ModuleNotFoundError: where a root does not exist.
    """
    names = list(roots)
    packages = frozenset({"genaug", *(name.partition(".")[0] for name in names if not _is_script(name))})
    pending = [_of_root(name, folder or Path()) for name in names]
    seen: dict[Path, str] = {}
    while pending:
        path = pending.pop()
        if path not in seen:
            seen[path], imported = _read(path, packages)
            pending += imported
    return hashlib.sha256("\n".join(sorted(seen.values())).encode()).hexdigest()


def _is_script(name: str) -> bool:
    return name.endswith(".py")


def _of_root(name: str, folder: Path) -> Path:
    path = folder / name if _is_script(name) else _module_file(name)
    if path is None or not path.is_file():
        raise ModuleNotFoundError(f"there is no {name}")
    return path


@cache
def _read(path: Path, packages: frozenset[str]) -> tuple[str, tuple[Path, ...]]:
    """Return the hash of a file's code, and the files that it imports."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    imported = tuple(dict.fromkeys(_imported(tree, path, packages)))
    return hashlib.sha256(_code(text, tree).encode()).hexdigest(), imported


def _imported(tree: ast.AST, path: Path, packages: frozenset[str]) -> Iterator[Path]:
    for node in _running(tree):
        if isinstance(node, ast.Import):
            names = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [(node.module, alias.name) for alias in node.names]
        else:
            continue
        for module, name in names:
            beside = path.with_name(f"{module}.py")  # scripts import their neighbours by their bare names
            if module.partition(".")[0] in packages:
                yield from _homes(module, name)
            elif "." not in module and beside.is_file():
                yield beside


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a tree without those that only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _running(node)


@cache
def _homes(module: str, name: str) -> tuple[Path, ...]:
    """Return the files behind ``from module import name``; a package's own file only where it defines it."""
    if name and (inner := _module_file(f"{module}.{name}")):
        return (inner,)
    path = _module_file(module)
    if path is None:
        return ()
    if name and path.name == "__init__.py":
        # Imports for type checkers count: a package that imports lazily binds its names there.
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module != module:
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        return _homes(node.module, alias.name)
    return (path,)


@cache
def _module_file(module: str) -> Path | None:
    """Return a module's file without importing it; None where there is none."""
    top, *rest = module.split(".")
    spec = importlib.util.find_spec(top)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        place = Path(folder).joinpath(*rest)
        for path in (place / "__init__.py", place.with_suffix(".py")):
            if path.is_file():
                return path
    return None


def _code(text: str, tree: ast.AST) -> str:
    """Return the lines of a source without docstrings, comments and blank lines."""
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.end_lineno:
            lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    return "\n".join(line.rstrip() for line in lines if line.strip())
