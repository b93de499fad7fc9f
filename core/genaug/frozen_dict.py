"""An immutable mapping for settings."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class FrozenDict(Mapping[_Key, _Value]):
    """An immutable dict; a field ``names: FrozenDict[str, str]`` accepts any mapping.

    Settings are frozen, and a plain dict or list in them could be changed in place, after the
    component's fingerprint was computed. Lists are declared as ``tuple[T, ...]``.

    Args:
        items: the mapping to copy.
    """

    def __init__(self, items: Mapping[_Key, _Value] | None = None) -> None:
        self._items = dict(items or {})

    def __getitem__(self, key: _Key) -> _Value:
        return self._items[key]

    def __iter__(self) -> Iterator[_Key]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items))

    def __repr__(self) -> str:
        return repr(self._items)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        key, value = get_args(source) or (Any, Any)
        items = handler.generate_schema(dict[key, value])  # type: ignore[valid-type]
        return core_schema.no_info_after_validator_function(
            cls,
            items,
            serialization=core_schema.plain_serializer_function_ser_schema(dict, return_schema=items),
        )
