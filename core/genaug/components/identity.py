"""Which recipe a component is: its settings, and the code that carries them out."""

import hashlib
import importlib.metadata
import inspect
import json
import platform
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from genaug.components.component import Component
from genaug.components.registry import Registry


def fingerprint(parts: Mapping[str, Any]) -> str:
    """Return the sha256 of what an artifact depends on, given as plain JSON."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, allow_nan=True)
    return hashlib.sha256(text.encode()).hexdigest()


def identity(component: Component, registry: Registry) -> dict[str, Any]:
    """Return what a component's results depend on beside its inputs, as plain JSON.

    The settings, and for the component and each one it refers to: the distribution it comes
    from, that distribution's version, and the hash of its module, so that a plugin under
    development is never served from a stale artifact; and the content of the files it reads.
    """
    recipe = {
        "settings": component.model_dump(mode="json"),
        "code": sorted({_code(type(part), registry) for part in parts(component)}),
    }
    files = [path for part in parts(component) for path in part.reads()]
    return recipe | ({"files": [_content(path) for path in files]} if files else {})


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


def distribution(component: type[Component], registry: Registry) -> str:
    """Return ``name version`` of the distribution that a component's class comes from."""
    entry = registry.origin(component)
    return f"{entry.distribution} {entry.version}" if entry else f"module {component.__module__}"


def described(component: Component) -> str:
    """Return who a component is, for an error: ``selector 'top-k' of genaug 0.1.0``."""
    origin = distribution(type(component), Registry.installed())
    return f"{component.kind} {component.name!r} of {origin}"


def versions(components: Iterable[Component], registry: Registry) -> dict[str, str]:
    """Return the version of Python, of the numeric packages and of each distribution with a part."""
    found = {"python": platform.python_version()}
    for name in ("genaug", "torch", "numpy", "scikit-learn", "faiss-cpu"):
        found[name] = importlib.metadata.version(name)
    for component in components:
        for part in parts(component):
            entry = registry.origin(type(part))
            if entry is not None:
                found[entry.distribution] = entry.version
    return dict(sorted(found.items()))


def _code(component: type[Component], registry: Registry) -> str:
    try:
        source = hashlib.sha256(Path(inspect.getfile(component)).read_bytes()).hexdigest()
    except (TypeError, OSError):  # typed into an interpreter: there is no file
        source = "no file"
    return f"{distribution(component, registry)} {component.__qualname__} {source}"


def _content(path: Path) -> str:
    """Return the hash of a file; a missing one is reported by the component that reads it."""
    if not path.is_file():
        return "no file"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
