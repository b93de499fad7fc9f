"""References: fields that take a component, or `{use: name, …}` in a config."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar, cast

from pydantic import GetCoreSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from genaug.components.component import Component
from genaug.components.registry import Registry
from genaug.errors import PluginError
from genaug.settings import RENAMINGS, Renaming, report

T = TypeVar("T")

KIND_KEY = "x-genaug-kind"
"""Key of a reference's kind in the JSON schema of a component."""


@dataclass(frozen=True)
class Reference:
    """Annotation of a field that accepts a component of its contract, or a `{use: name, …}` mapping."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        contract = cast(type[Component], source)

        def validate(value: Any, info: core_schema.ValidationInfo) -> Component:
            return resolved(contract, value, info)

        def json_schema(*_: Any) -> JsonSchemaValue:
            # Installed names are unknown here: `genaug schema` inserts them for the kind.
            return {"type": "object", "required": ["use"], KIND_KEY: contract.kind}

        return core_schema.with_info_plain_validator_function(
            validate,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda component, info: component.model_dump(mode=info.mode), info_arg=True
            ),
            metadata={"pydantic_js_functions": [json_schema]},
        )


Use = Annotated[T, Reference()]
"""Annotation of a field for another component: ``judge: Use[Task]``."""


def registry_of(info: core_schema.ValidationInfo) -> Registry:
    """Return the registry of a validation's context, or the registry of everything installed."""
    registry = (info.context or {}).get("registry")
    return registry if isinstance(registry, Registry) else Registry.installed()


def resolved(contract: type[Component], value: Any, info: core_schema.ValidationInfo) -> Component:
    """Return the component that `value` is or refers to.

    Raises:
        PydanticCustomError: where `value` is neither a component nor a mapping with `use`, or the
            registry refuses the name; its context holds the registry's error as ``error``.
        ValidationError: where the settings are wrong.
    """
    if isinstance(value, contract):
        return value
    if not isinstance(value, dict) or not isinstance(value.get("use"), str):
        raise PydanticCustomError(
            "reference", "expected a mapping that names the {kind}, like use: NAME", {"kind": contract.kind}
        )
    registry, use = registry_of(info), value["use"]
    try:
        component, entry = registry.get(contract.kind, use), registry.find(contract.kind, use)
    except PluginError as error:
        raise PydanticCustomError("plugin", "{error}", {"error": str(error)}) from error
    if use not in (entry.name, entry.full_name):
        message = f"the {contract.kind} {use!r} is now called {entry.name!r}"
        report(Renaming(value, "use", "use", message), info.context)
    settings = {key: setting for key, setting in value.items() if key != "use"}
    context = {**(info.context or {}), "registry": registry}
    try:
        made = component.model_validate(settings, context=context)
    finally:  # renamings in the settings refer to `value`
        collected = context.get(RENAMINGS, [])
        collected[:] = [replace(one, holder=value) if one.holder is settings else one for one in collected]
    return made.referred_to_as(entry.full_name) if ":" in use else made
