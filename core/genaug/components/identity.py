"""Identities of components: the settings, source code, files and versions that results depend on."""

import hashlib
import importlib.metadata
import inspect
import json
import platform
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import CodeType, FunctionType
from typing import Any

from genaug.components import file_memory
from genaug.components.component import Component
from genaug.components.kinds import KINDS
from genaug.components.module_files import sha256
from genaug.components.registry import Registry, origin
from genaug.components.requirements import installed_version
from genaug.components.source_code import SourceCode

NUMERIC = ("torch", "numpy", "scipy", "scikit-learn", "faiss-cpu")
"""Distributions whose versions belong to every identity, whether or not a component imports them."""
DISTRIBUTIONS = {
    "sklearn": "scikit-learn",
    "imblearn": "imbalanced-learn",
    "faiss": "faiss-cpu",
    "PIL": "pillow",
    "ruamel": "ruamel.yaml",
    "umap": "umap-learn",
    "open_clip": "open_clip_torch",
}
"""Distribution of modules whose name differs; looking them up would take long."""


def fingerprint(parts: Mapping[str, Any]) -> str:
    """Return the sha256 of what an artifact depends on, given as plain JSON."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, allow_nan=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def source_code() -> SourceCode:
    """Return the `SourceCode` that follows imports of genaug and of all distributions with components."""
    entries = [entry for kind in KINDS for entry in Registry.installed().entries(kind)]
    targets = {entry.target.partition(":")[0].partition(".")[0] for entry in entries}
    stored = {package for entry in entries for package in _packages(entry.distribution, entry.version)}
    return SourceCode({"genaug", *targets, *stored})


def identity(component: Component, code: SourceCode | None = None) -> dict[str, Any]:
    """Return everything that a component's results depend on, except its inputs, as plain JSON.

    The settings; for the component and each one it refers to, the hash of its source code with all that it
    imports from plugin packages and from genaug; the versions of the other distributions that it imports;
    the content of the files that it reads; and the state of the data that components it refers to read.

    Args:
        component: the component.
        code: cache of source files; None: they are read again.
    """
    code = code or source_code()
    classes = {type(part) for part in parts(component)}
    others = {name for one in classes for name in code.closure(one.__module__).others}
    recipe = {
        "settings": component.model_dump(mode="json"),
        "code": sorted(_code(one, code) for one in classes),
        "versions": versions_of(others),
    }
    files = [  # a missing file is reported later, by the component that reads it
        str(file_memory.recall("sha256", path, sha256)) if path.is_file() else "no file"
        for part in parts(component)
        for path in part.reads()
    ]
    data = [state for part in parts(component) if part is not component and (state := part.state())]
    return recipe | ({"files": files} if files else {}) | ({"data": data} if data else {})


def parts(component: Component) -> Iterator[Component]:
    """Yield a component and every component it refers to."""
    yield component
    for part in referred(component):
        yield from parts(part)


def referred(component: Component) -> Iterator[Component]:
    """Yield the components that are settings of a component."""
    for name in type(component).model_fields:
        value = getattr(component, name)
        for item in value if isinstance(value, tuple | list) else (value,):
            if isinstance(item, Component):
                yield item


def distribution(component: type[Component]) -> str:
    """Return ``name version`` of the distribution that a component's class comes from."""
    entry = origin(component)
    return f"{entry.distribution} {entry.version}" if entry else f"module {component.__module__}"


def described(component: Component) -> str:
    """Return a component's description for errors: ``selector 'top-k' of genaug 0.1.0``."""
    return f"{component.kind} {component.name!r} of {distribution(type(component))}"


def versions(components: Iterable[Component]) -> dict[str, str]:
    """Return the versions of Python, genaug, the numeric packages and each component's distribution."""
    found = {"python": platform.python_version(), "genaug": version("genaug")}
    found |= {name: version(name) for name in NUMERIC}
    for component in components:
        for part in parts(component):
            entry = origin(type(part))
            if entry is not None:
                found[entry.distribution] = entry.version
    return dict(sorted(found.items()))


def versions_of(modules: Iterable[str]) -> dict[str, str]:
    """Return the versions of the distributions of some top-level modules."""
    found = {name: version(name) for module in modules for name in _distributions(module)}
    return dict(sorted(found.items()))


def version(name: str) -> str:
    """Return the version of a distribution, `none` where it is not installed."""
    return installed_version(name) or "none"


@cache
def _packages(name: str, _version: str) -> frozenset[str]:
    """Return the top-level packages and modules that a distribution installed; none where it is editable."""
    try:
        files = importlib.metadata.files(name) or []
    except importlib.metadata.PackageNotFoundError:
        return frozenset()
    return frozenset(file.parts[0].removesuffix(".py") for file in files if file.suffix == ".py")


@cache
def _distributions(module: str) -> tuple[str, ...]:
    name = DISTRIBUTIONS.get(module, module)
    if version(name) != "none":
        return (name,)
    return tuple(sorted(set(_providers().get(module, (name,)))))


@cache
def _providers() -> Mapping[str, list[str]]:
    return importlib.metadata.packages_distributions()


def _code(component: type[Component], code: SourceCode) -> str:
    closure = code.closure(component.__module__)
    if closure.hashes:
        return f"{component.__qualname__} {closure.digest}"
    # Defined in an interpreter or a notebook: there is no file, so the code of its methods is hashed.
    methods = inspect.getmembers_static(component, lambda member: isinstance(member, FunctionType))
    own = sorted((name, _code_hash(method.__code__)) for name, method in methods)
    return f"{component.__qualname__} {hashlib.sha256(repr(own).encode()).hexdigest()}"


def _code_hash(code: CodeType) -> str:
    """Return the hash of compiled code, without its position in the text."""
    found = hashlib.sha256()
    waiting = [code]
    while waiting:
        one = waiting.pop()
        names = (one.co_name, one.co_names, one.co_varnames, one.co_freevars, one.co_cellvars)
        counts = (one.co_flags, one.co_argcount, one.co_posonlyargcount, one.co_kwonlyargcount)
        constants = [_constant(constant) for constant in one.co_consts]
        found.update(repr((names, counts, constants, one.co_code, one.co_exceptiontable)).encode())
        waiting += [constant for constant in one.co_consts if isinstance(constant, CodeType)]
    return found.hexdigest()


def _constant(value: object) -> str:
    if isinstance(value, CodeType):
        return "code"
    # The order of a set of strings differs between processes.
    return repr(sorted(map(repr, value))) if isinstance(value, frozenset) else repr(value)
