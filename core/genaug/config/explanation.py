"""Explanations of config errors: file, line, path, the fault and the allowed values."""

import difflib
import json
import re
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from genaug.components.component import Component
from genaug.components.registry import Registry
from genaug.config.file import ConfigFile
from genaug.config.place import Place, written
from genaug.descriptions import descriptions
from genaug.errors import ConfigError, PluginError

_LONGEST_VALUE = 60
_SETTING = re.compile(r"[a-z_][a-z0-9_]*")
_TYPES = {"int", "float", "str", "bool", "none", "list", "tuple", "dict", "set"}
_PLAIN_WORDS = {
    "tuple_type": "expected a list: one `- …` line for each item",
    "list_type": "expected a list: one `- …` line for each item",
    "dict_type": "expected a mapping: `key: value`",
    "mapping_type": "expected a mapping: `key: value`",
    "model_type": "expected a mapping: `key: value`",
}


class _Absent:
    """Placeholder for a value that is not in the file because it has its default."""


def explain(
    error: ValidationError,
    file: ConfigFile | None = None,
    *,
    model: type[BaseModel] | None = None,
    registry: Registry | None = None,
) -> ConfigError:
    """Return the error to raise, with one line for each problem.

    Args:
        error: from pydantic.
        file: source of the values; None: they were given in Python.
        model: the model that was validated; its settings are suggested for unknown ones.
        registry: in which the model's references are looked up.
    """
    problems: dict[Place, list[str]] = {}
    for detail in error.errors(include_url=False):
        place = _place(detail["loc"], file.data if file else _Absent)
        if detail["type"] == "plugin":
            place = (*place, "use")
        holders = tuple(_models(model, place[:-1], file.data, registry)) if file and model else ()
        sentence = _sentence(detail, place, holders, registry)
        said = problems.setdefault(place, [])
        if sentence not in said:  # the branches of a union often report the same problem
            said.append(sentence)
    lines = []
    for place, said in problems.items():
        parts = (file.where(place) if file else "", written(place), ", or ".join(said))
        lines.append(": ".join(part for part in parts if part))
    return ConfigError("\n".join(lines))


def _place(loc: Place, data: Any) -> Place:
    """Return the place in the config of a pydantic location, without its union tags."""
    place: Place = ()
    value = data
    for step in loc:
        inside = _inside(value, step)
        # The key of a mapping may be missing; everything else without a value is pydantic's name of a type.
        missing = isinstance(value, dict) and isinstance(step, str) and step not in _TYPES
        if inside is _Absent and value is not _Absent and not (missing and _SETTING.fullmatch(str(step))):
            continue
        value = inside
        place = (*place, step)
    return place


def _inside(value: Any, step: str | int) -> Any:
    there = (
        step in value if isinstance(value, dict) else isinstance(value, list) and step in range(len(value))
    )
    return value[step] if there else _Absent


def _sentence(
    detail: ErrorDetails, place: Place, holders: tuple[type[BaseModel], ...], registry: Registry | None
) -> str:
    kind, value = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return _unknown(str(place[-1]), holders)
    if kind == "missing":
        return _missing(str(place[-1]), holders, registry)
    if kind == "no_default":
        return f"{_missing(str(place[-1]), holders, registry)} (no default: {detail['msg']})"
    if kind in ("plugin", "preset"):
        return detail["msg"]
    sentence = _PLAIN_WORDS.get(kind) or detail["msg"].removeprefix("Value error, ").removeprefix(
        "Assertion failed, "
    )
    if isinstance(value, dict | list | tuple | BaseModel):
        return sentence
    given = json.dumps(value, ensure_ascii=False, default=str)
    if len(given) > _LONGEST_VALUE:
        given = given[:_LONGEST_VALUE] + "…"
    return f"{sentence} (you gave {given})"


def _unknown(name: str, holders: tuple[type[BaseModel], ...]) -> str:
    known = sorted({field for holder in holders for field in holder.model_fields})
    near = difflib.get_close_matches(name, known, n=3)
    hint = f"; did you mean {' or '.join(repr(one) for one in near)}?" if near else ""
    owners = " or ".join(repr(holder.name) for holder in holders if issubclass(holder, Component))
    if not known:
        takes = f"; {owners} takes none" if owners else ""
        return f"unknown setting{takes}"
    return f"unknown setting{hint}{' ' if near else '; '}{owners or 'this'} takes: {', '.join(known)}"


def _missing(name: str, holders: tuple[type[BaseModel], ...], registry: Registry | None) -> str:
    owner = next((holder for holder in holders if name in holder.model_fields), None)
    field = owner.model_fields[name] if owner else None
    contracts = [one for one in _mentioned(field.annotation) if issubclass(one, Component)] if field else []
    if contracts and registry:
        names = sorted({entry.name for entry in registry.entries(contracts[0].kind)})
        use = "[{use: NAME}]" if field and get_origin(field.annotation) is tuple else "{use: NAME}"
        return f"is missing: write {name}: {use}, with one of {', '.join(names) or '(none installed)'}"
    about = descriptions(owner)[name].strip().partition("\n")[0] if owner else ""
    return f"is missing ({about})" if about else "is missing"


def _models(
    model: type[BaseModel], place: Place, data: Any, registry: Registry | None
) -> Iterator[type[BaseModel]]:
    """Yield the models that the value at a place may describe."""
    models: list[Any] = [model]
    value = data
    for step in place:
        if isinstance(step, str):
            fields = [one.model_fields[step] for one in models if step in one.model_fields]
            models = [one for field in fields for one in _mentioned(field.annotation)] or models
        value = _inside(value, step)
        models = [_used(one, value, registry) for one in models]
    yield from models


def _mentioned(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that occur in a type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _mentioned(argument)


def _used(model: type[BaseModel], value: Any, registry: Registry | None) -> type[BaseModel]:
    """Return the component class that `use` names, where the model is a contract."""
    use = value.get("use") if isinstance(value, dict) else None
    if registry and isinstance(use, str) and issubclass(model, Component):
        try:
            return registry.get(model.kind, use)
        except PluginError:
            return model  # reported already, as another problem
    return model
