"""Descriptions of settings: the docstring below each field.

pydantic can read them when a class is created, which takes longer than everything else that happens when
a config is read. Here they are read from the source when someone asks for them.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache

from pydantic import BaseModel


def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """Return the description of each setting of a model, "" where it has none.

    ``Field(description=…)`` takes precedence over the docstring below the field. An inherited setting has the
    description of the class that declares it. A class without a source file (typed into an interpreter) has
    no docstrings below its fields.
    """
    classes = [_documented(base.__module__).get(base.__qualname__, {}) for base in model.__mro__[:-1]]
    return {
        name: field.description or next((fields[name] for fields in classes if name in fields), "")
        for name, field in model.model_fields.items()
    }


@cache
def _documented(module: str) -> dict[str, dict[str, str]]:
    """Return the docstring below each field of a module's classes, by qualified name of the class."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (KeyError, OSError, TypeError, SyntaxError):
        return {}
    found: dict[str, dict[str, str]] = {}
    for name, node in _classes(tree, ""):
        fields = found[name] = {}
        for statement, following in zip(node.body, [*node.body[1:], None], strict=True):
            match statement, following:
                case ast.AnnAssign(target=ast.Name(id=field)), ast.Expr(value=ast.Constant(value=str(text))):
                    fields[field] = inspect.cleandoc(text)
                case ast.AnnAssign(target=ast.Name(id=field)), _:
                    fields[field] = ""
    return found


def _classes(parent: ast.AST, prefix: str) -> Iterator[tuple[str, ast.ClassDef]]:
    """Yield the classes within a node, with their qualified names."""
    for node in ast.iter_child_nodes(parent):
        match node:
            case ast.ClassDef(name=name):
                yield prefix + name, node
                yield from _classes(node, f"{prefix}{name}.")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield from _classes(node, f"{prefix}{name}.<locals>.")
            case ast.stmt() | ast.excepthandler() | ast.match_case():
                yield from _classes(node, prefix)
