"""Results of expensive fits, addressed by content, which validators share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from genaug.components.component import Component

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[np.generic]]


class Results(Protocol):
    """Interface of a cache of arrays, addressed by everything that they depend on.

    The engine adds to every key the settings, code and files of the component, the versions of its
    distribution and of the numeric libraries, and the kind of device.
    """

    def find(self, component: Component, key: Mapping[str, Any]) -> Arrays | None:
        """Return the stored arrays; None where there are none.

        Args:
            component: computed the arrays.
            key: everything else that they depend on, as plain JSON.
        """

    def keep(self, component: Component, key: Mapping[str, Any], arrays: Arrays) -> None:
        """Store arrays atomically."""


class MemoryResults:
    """Results in memory; see `Results`."""

    def __init__(self) -> None:
        self._kept: dict[str, Arrays] = {}

    def find(self, component: Component, key: Mapping[str, Any]) -> Arrays | None:
        """Return the stored arrays; None where there are none."""
        return self._kept.get(self._name(component, key))

    def keep(self, component: Component, key: Mapping[str, Any], arrays: Arrays) -> None:
        """Store arrays."""
        self._kept[self._name(component, key)] = dict(arrays)

    def _name(self, component: Component, key: Mapping[str, Any]) -> str:
        made = f"{type(component).__module__}:{type(component).__qualname__}"
        return json.dumps([made, component.model_dump(mode="json"), dict(key)], sort_keys=True)
