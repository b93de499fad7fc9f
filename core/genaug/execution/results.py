"""Results of expensive fits, kept in an output folder by content; see `genaug.contracts.results`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genaug.components.component import Component
from genaug.components.identity import fingerprint, identity, versions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ResultFiles:
    """Results in a folder: one safetensors file a key, whose header holds the key.

    Args:
        folder: of the files; created with the first result.
        device: torch device; results of a CPU and of a GPU are stored separately.
    """

    def __init__(self, folder: Path, device: str) -> None:
        self._folder = folder
        self._device = device.partition(":")[0]
        self._identities: dict[int, tuple[Component, dict[str, Any]]] = {}

    def find(self, component: Component, key: Mapping[str, Any]) -> dict[str, NDArray[np.generic]] | None:
        """Return the stored arrays; None where there are none."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        path = self._path(self._whole(component, key))
        try:
            return dict(load_file(path))
        except (FileNotFoundError, SafetensorError):  # missing or incomplete: it is computed again
            return None

    def keep(
        self, component: Component, key: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]
    ) -> None:
        """Store arrays; a kill at any moment leaves all of them or none."""
        import numpy as np
        from safetensors.numpy import save

        whole = self._whole(component, key)
        path = self._path(whole)
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        with partial.open("wb") as file:
            file.write(save(contiguous, metadata={"key": json.dumps(whole, sort_keys=True)}))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)

    def _whole(self, component: Component, key: Mapping[str, Any]) -> dict[str, Any]:
        if id(component) not in self._identities:  # the component is referenced, so that its id is not reused
            made = {
                "component": identity(component),
                "versions": versions((component,)),
                "device": self._device,
            }
            self._identities[id(component)] = (component, made)
        return {**self._identities[id(component)][1], "key": dict(key)}

    def _path(self, whole: Mapping[str, Any]) -> Path:
        return self._folder / f"{fingerprint(whole)[:32]}.safetensors"
