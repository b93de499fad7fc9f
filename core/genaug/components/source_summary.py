"""The summary of a source file: the hash of its code, and the names it imports."""

import ast
import hashlib
from pathlib import Path
from typing import Any

VERSION = 2
"""Version of `summary`; to be increased when its result changes."""

_FIELDS = {
    node: tuple(field for field in reversed(node._fields) if field != "ctx")  # whose place says it
    for node in vars(ast).values()
    if isinstance(node, type) and issubclass(node, ast.AST)
}
_SPECIAL = {ast.Expr, ast.If, ast.Import, ast.ImportFrom, ast.Call}
_END: tuple[()] = ()
"""The end of a list of nodes; nothing else in a parsed file is a tuple."""


def summary(path: Path) -> dict[str, Any]:
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
    code, imports = _read(tree)
    passes_on = path.name == "__init__.py" and all(_passes_on(node) for node in tree.body)
    exports = {
        alias.asname or alias.name: [node.level, node.module or "", alias.name]
        for node in (ast.walk(tree) if passes_on else ())
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return {"hash": code, "imports": imports, "exports": exports, "passes_on": passes_on}


def _read(tree: ast.Module) -> tuple[str, list[list[Any]]]:
    """Return the hash of a module's code, and its imports.

    Docstrings, positions in the file and what is executed for type checkers only are left out. `ast.dump`
    and a `NodeVisitor` would take three times as long.
    """
    imports: list[list[Any]] = []
    written: list[Any] = []  # depth first: the class of each node, then its fields
    waiting: list[Any] = [tree]
    while waiting:
        node = waiting.pop()
        kind = type(node)
        if kind is list:
            waiting.append(_END)
            waiting += node[::-1]
            continue
        fields = _FIELDS.get(kind)
        if fields is None:  # a name, a constant or None
            written.append(node)
            continue
        if kind in _SPECIAL:
            match node:
                case ast.Expr(value=ast.Constant(value=str())):
                    continue
                case ast.If() if _for_type_checkers(node):
                    waiting += node.orelse[::-1]
                    continue
                case ast.Import():
                    imports += [[0, alias.name, None] for alias in node.names]
                case ast.ImportFrom():
                    imports += [[node.level, node.module or "", alias.name] for alias in node.names]
                case ast.Call(
                    func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"),
                    args=[ast.Constant(value=str(name)), *_],
                ):
                    imports.append([0, name, None])
        written.append(kind.__name__)
        known = node.__dict__
        for field in fields:
            waiting.append(known.get(field))
    return hashlib.sha256(repr(written).encode()).hexdigest(), imports


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


def _for_type_checkers(node: ast.stmt) -> bool:
    match node:
        case ast.If(test=ast.Name(id=name)) | ast.If(test=ast.Attribute(ast.Name(id="typing"), attr=name)):
            return name == "TYPE_CHECKING"
    return False
