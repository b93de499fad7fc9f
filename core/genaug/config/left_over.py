"""Settings of a component that an override has replaced by another one."""

import warnings

from pydantic import BaseModel

from genaug.components.component import Component
from genaug.components.registry import Registry
from genaug.config.file import ConfigFile
from genaug.config.models_at import models_at
from genaug.config.place import written
from genaug.errors import GenaugWarning


def drop_left_over(model: type[BaseModel], file: ConfigFile, registry: Registry | None) -> None:
    """Remove from a file the settings of a replaced component that the new one does not have, and warn.

    ``--set generator.use=gaussian`` keeps what both generators have. A setting that an override gives is
    kept, so that it is refused where the new component does not have it.

    Args:
        model: describes the file.
        file: is changed in place.
        registry: in which references are looked up; None: nothing is removed.
    """
    for place, text in file.switched.items():
        holder = file.data
        for step in place:
            holder = holder[step]  # type: ignore[index]
        components = [
            one for one in models_at(model, place, file.data, registry) if issubclass(one, Component)
        ]
        named = [one for one in components if hasattr(one, "name")]
        if not named or not isinstance(holder, dict):
            continue  # an unknown name, which is reported as such
        taken = {"use"}.union(
            *({*one.model_fields, *one.renamed_settings, *one.dropped_settings} for one in named)
        )
        left = [
            key
            for key in holder
            if key not in taken and not any(one[: len(place) + 1] == (*place, key) for one in file.overrides)
        ]
        for key in left:
            del holder[key]
        if left:
            warnings.warn(
                f"--set {text}: left out, as {holder['use']!r} does not have them: "
                f"{', '.join(written((*place, key)) for key in left)}",
                GenaugWarning,
                stacklevel=4,
            )
