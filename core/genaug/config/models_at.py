"""The models that describe a place of a config."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from genaug.components.component import Component
from genaug.components.registry import Registry
from genaug.config.place import Place
from genaug.errors import PluginError


class ABSENT:
    """Placeholder for a value that is not in the file because it has its default."""


def inside(value: Any, step: str | int) -> Any:
    """Return what a mapping or list has at a key or position, or `ABSENT`."""
    there = (
        step in value if isinstance(value, dict) else isinstance(value, list) and step in range(len(value))
    )
    return value[step] if there else ABSENT


def models_at(
    model: type[BaseModel], place: Place, data: Any, registry: Registry | None
) -> Iterator[type[BaseModel]]:
    """Yield the models that the value at a place may describe."""
    models: list[Any] = [model]
    value = data
    for step in place:
        if isinstance(step, str):
            fields = [one.model_fields[step] for one in models if step in one.model_fields]
            models = [one for field in fields for one in mentioned(field.annotation)] or models
        value = inside(value, step)
        models = [_used(one, value, registry) for one in models]
    yield from models


def mentioned(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that occur in a type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from mentioned(argument)


def _used(model: type[BaseModel], value: Any, registry: Registry | None) -> type[BaseModel]:
    """Return the component class that `use` names, where the model is a contract."""
    use = value.get("use") if isinstance(value, dict) else None
    if registry and isinstance(use, str) and issubclass(model, Component):
        try:
            return registry.get(model.kind, use)
        except PluginError:
            return model  # reported already, as another problem
    return model
