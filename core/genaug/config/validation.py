"""The validation of config files."""

import warnings
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from genaug.components.registry import Registry
from genaug.config.explanation import explain
from genaug.config.file import ConfigFile
from genaug.config.left_over import drop_left_over
from genaug.config.place import Place, written
from genaug.errors import RenamedWarning
from genaug.settings import RENAMINGS, UNTIL, Renaming

Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], file: ConfigFile, registry: Registry | None = None) -> Model:
    """Validate a config file; return the model.

    Settings of a component that an override replaced are dropped, with a warning (`drop_left_over`).
    Each old name in the file is reported as a `RenamedWarning` with file, line and the new name.

    Args:
        model: e.g. `genaug.Pipeline`.
        file: the file, with its overrides.
        registry: in which references are looked up; None: the model has none.

    Raises:
        ConfigError: with file, line, path, the fault and the allowed values.
    """
    drop_left_over(model, file, registry)
    renamings: list[Renaming] = []
    context: dict[str, Any] = {RENAMINGS: renamings, "registry": registry}
    try:
        return model.model_validate(file.data, context=context)
    except ValidationError as error:
        for renaming, place in _located(renamings, file.data).items():
            # pydantic reports errors under the new name: it gets the line of the old one.
            old, new = (*place, renaming.old), (*place, renaming.new)
            written_at: tuple[dict[Place, Any], ...] = (file.lines, file.overrides)
            for said in written_at:
                for there in [one for one in said if one[: len(old)] == old]:
                    said[*new, *there[len(old) :]] = said[there]
        raise explain(error, file, model=model, registry=registry) from error
    finally:
        for renaming, place in _located(renamings, file.data).items():
            where = ": ".join(filter(None, (file.where((*place, renaming.old)), written(place))))
            warnings.warn(f"{where}: {renaming.message}; {UNTIL}", RenamedWarning, stacklevel=2)


def _located(renamings: Sequence[Renaming], data: Any) -> dict[Renaming, Place]:
    """Return the renamings, each once, with the place of the mapping with the old name."""
    places = dict(_places(data))
    found = {(places.get(id(one.holder), ()), one.old, one.message): one for one in renamings}
    return {renaming: place for (place, _, _), renaming in found.items()}


def _places(value: Any, place: Place = ()) -> Iterator[tuple[int, Place]]:
    """Yield the id of every mapping in a config, with its place."""
    if isinstance(value, dict):
        yield id(value), place
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in parts:
        yield from _places(part, (*place, step))
