"""Settings of configs: typed, described, finite; old names work for one release."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from genaug.descriptions import descriptions
from genaug.errors import RenamedWarning
from genaug.strict_scalars import strict_scalars

RENAMINGS = "renamings"
"""Key of a validation context for the list of `Renaming` that a reader collects."""

UNTIL = "the old name works in this release only"
"""End of a message about an old name."""


@dataclass(frozen=True, eq=False)
class Renaming:
    """An old name that was used.

    Attributes:
        holder: the mapping with the old name, as it was given.
        old, new: the setting's old and new name, or the same name twice where its value was renamed or it
            no longer exists.
        message: a sentence that says what to use instead.
    """

    holder: Mapping[str, Any]
    old: str
    new: str
    message: str


class Settings(BaseModel):
    """Base class of everything that a config describes.

    Instances are frozen. Unknown settings are refused, booleans for numbers and
    numbers for booleans. Floats must be finite unless a field says
    otherwise: ``Field(allow_inf_nan=True)``.

    Old names: ``renamed_settings`` maps a setting's old name to the new one, ``renamed_values`` maps,
    for a setting (by its new name), old values to new ones. ``dropped_settings`` maps a setting that
    no longer exists to the reason; it is ignored. Subclasses inherit these tables.
    Old names are translated before validation, and reported as `RenamedWarning`.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        defer_build=True,  # most imported classes are never used
    )

    renamed_settings: ClassVar[Mapping[str, str]] = {}
    renamed_values: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    dropped_settings: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _translated(cls, given: Any, info: ValidationInfo) -> Any:
        if not isinstance(given, dict):
            return given
        settings = dict(given)
        for old, new in _inherited(cls, "renamed_settings").items():
            if old not in given or old in cls.model_fields:
                continue
            if new in given:
                raise ValueError(f"{old!r} is the old name of {new!r}: give {new!r} alone")
            settings[new] = settings.pop(old)
            report(Renaming(given, old, new, f"{old!r} is now called {new!r}"), info.context)
        for old, reason in _inherited(cls, "dropped_settings").items():
            if old in settings:
                del settings[old]
                report(Renaming(given, old, old, f"{old!r} has no effect: {reason}"), info.context)
        for name, values in _inherited(cls, "renamed_values").items():
            value = settings.get(name)
            if isinstance(value, str) and value in values:
                settings[name] = values[value]
                message = f"the value {value!r} of {name!r} is now called {values[value]!r}"
                report(Renaming(given, name, name, message), info.context)
        return settings

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return strict_scalars(handler(source))

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, text in descriptions(cls).items():
            if text and name in properties:
                properties[name]["description"] = text
        return schema


def _inherited(model: type[Settings], attribute: str) -> dict[str, Any]:
    """Return the entries of a class attribute over all base classes; those of subclasses win."""
    merged: dict[str, Any] = {}
    for base in reversed(model.__mro__):
        merged |= vars(base).get(attribute, {})
    return merged


def report(renaming: Renaming, context: Any) -> None:
    """Report a renaming to the reader of the config, or warn where there is none.

    Args:
        renaming: what was renamed.
        context: the context of the validation (``info.context``), which may have a list under `RENAMINGS`.
    """
    collected = context.get(RENAMINGS) if isinstance(context, dict) else None
    if collected is None:
        warnings.warn(f"{renaming.message}; {UNTIL}", RenamedWarning, stacklevel=2)
    else:
        collected.append(renaming)
