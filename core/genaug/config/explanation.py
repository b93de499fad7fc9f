"""Explanations of config errors: file, line, path, the fault and the allowed values."""

import difflib
import re
from typing import Any, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from genaug.components.component import Component
from genaug.components.registry import Registry
from genaug.config.error_words import error_words
from genaug.config.file import ConfigFile
from genaug.config.models_at import ABSENT, inside, mentioned, models_at
from genaug.config.odd_characters import odd_characters
from genaug.config.place import Place, written
from genaug.descriptions import descriptions
from genaug.errors import ConfigError

_SETTING = re.compile(r"[a-z_][a-z0-9_]*")
_TYPES = {"int", "float", "str", "bool", "none", "list", "tuple", "dict", "set"}


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
    details = error.errors(include_url=False)
    for detail in details:
        place = _place(detail["loc"], file.data if file else ABSENT)
        if detail["type"] == "too_short" and any(_inside_of(one["loc"], detail["loc"]) for one in details):
            continue  # pydantic does not count the items that it refuses
        if detail["type"] == "plugin":
            place = (*place, "use")
        holders = tuple(models_at(model, place[:-1], file.data, registry)) if file and model else ()
        sentence = _sentence(detail, place, holders, registry, file.words.get(place) if file else None)
        said = problems.setdefault(place, [])
        if sentence not in said:  # the branches of a union often report the same problem
            said.append(sentence)
    lines = []
    for place, said in problems.items():
        parts = (file.where(place) if file else "", written(place), ", or ".join(said))
        lines.append(": ".join(part for part in parts if part))
    return ConfigError("\n".join(lines))


def _inside_of(loc: Place, holder: Place) -> bool:
    return len(loc) > len(holder) and loc[: len(holder)] == holder


def _place(loc: Place, data: Any) -> Place:
    """Return the place in the config of a pydantic location, without its union tags."""
    place: Place = ()
    value = data
    for step in loc:
        held = inside(value, step)
        # The key of a mapping may be missing; everything else without a value is pydantic's name of a type.
        missing = isinstance(value, dict) and isinstance(step, str) and step not in _TYPES
        if held is ABSENT and value is not ABSENT and not (missing and _SETTING.fullmatch(str(step))):
            continue
        value = held
        place = (*place, step)
    return place


def _sentence(
    detail: ErrorDetails,
    place: Place,
    holders: tuple[type[BaseModel], ...],
    registry: Registry | None,
    written_as: str | None,
) -> str:
    kind, value = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return _unknown(str(place[-1]), holders)
    if kind == "missing" and isinstance(detail["loc"][-1], int):
        return f"expected a list of more values: it ends after {detail['loc'][-1]}"
    if kind == "missing":
        return _missing(str(place[-1]), holders, registry)
    if kind == "no_default":
        return f"{_missing(str(place[-1]), holders, registry)} (no default: {detail['msg']})"
    if kind in ("plugin", "preset"):
        odd = odd_characters(str(value.get("use") if isinstance(value, dict) else value))
        return detail["msg"] + (f"; what you gave contains {odd}" if odd else "")
    return error_words(kind, detail["msg"], value, detail.get("ctx", {}), written_as)


def _unknown(name: str, holders: tuple[type[BaseModel], ...]) -> str:
    odd = odd_characters(name)
    contains = f" that contains {odd}" if odd else ""
    known = sorted({field for holder in holders for field in holder.model_fields})
    near = difflib.get_close_matches(name, known, n=3)
    hint = f"; did you mean {' or '.join(repr(one) for one in near)}?" if near else ""
    owners = " or ".join(repr(holder.name) for holder in holders if issubclass(holder, Component))
    if not known:
        takes = f"; {owners} takes none" if owners else ""
        return f"unknown setting{contains}{takes}"
    return (
        f"unknown setting{contains}{hint}{' ' if near else '; '}{owners or 'this'} takes: {', '.join(known)}"
    )


def _missing(name: str, holders: tuple[type[BaseModel], ...], registry: Registry | None) -> str:
    owner = next((holder for holder in holders if name in holder.model_fields), None)
    field = owner.model_fields[name] if owner else None
    contracts = [one for one in mentioned(field.annotation) if issubclass(one, Component)] if field else []
    if contracts and registry:
        names = sorted({entry.name for entry in registry.entries(contracts[0].kind)})
        use = "[{use: NAME}]" if field and get_origin(field.annotation) is tuple else "{use: NAME}"
        return f"is missing: write {name}: {use}, with one of {', '.join(names) or '(none installed)'}"
    about = descriptions(owner)[name].strip().partition("\n")[0] if owner else ""
    return f"is missing ({about})" if about else "is missing"
