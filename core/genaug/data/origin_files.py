"""Origins of candidates on disk: records in JSON, latents and masks in safetensors."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.data.pool import Origin

PLAIN = (
    "generator",
    "seed",
    "prompt",
    "sources",
    "label",
    "count",
    "paired",
    "request",
    "start",
    "soft_label",
)
"""Fields of an origin that are written unchanged."""


def origin_record(number: int, origin: Origin) -> dict[str, Any]:
    """Return an origin as plain JSON, without its arrays.

    Args:
        number: of the origin in its pool.
        origin: to write.
    """
    record = {name: getattr(origin, name) for name in PLAIN}
    return {"number": number, **record, "options": dict(origin.options), "inputs": sorted(origin.inputs)}


def read_origin(record: dict[str, Any], path: Path) -> tuple[int, Origin]:
    """Return the number of an origin, and the origin; its arrays are read on access.

    Args:
        record: that `origin_record` returned.
        path: of the file of `save_inputs`.
    """
    number, inputs = record.pop("number"), record.pop("inputs")
    arrays = StoredInputs(path, number, inputs) if inputs else {}
    soft = record.get("soft_label")  # pools of earlier versions have none
    lists = {"sources": tuple(record["sources"]), "soft_label": None if soft is None else tuple(soft)}
    return number, Origin(**{**record, **lists}, inputs=arrays)


def save_inputs(origins: Mapping[int, Origin], path: Path) -> None:
    """Write the latents and masks of origins atomically; no file where there are none.

    Args:
        origins: by their number in the pool.
        path: of the safetensors file.
    """
    from safetensors.numpy import save_file

    arrays = {
        f"{number}.{name}": np.ascontiguousarray(array)
        for number, origin in origins.items()
        for name, array in origin.inputs.items()
    }
    if arrays:
        fresh = path.with_suffix(".inputs.new")
        save_file(arrays, fresh)
        fresh.replace(path)


class StoredInputs(Mapping[str, NDArray[Any]]):
    """Latents and masks of an origin, read from a file of `save_inputs` on access."""

    def __init__(self, path: Path, number: int, names: list[str]) -> None:
        self._path = path
        self._number = number
        self._names = names

    def __getitem__(self, name: str) -> NDArray[Any]:
        from safetensors import safe_open

        if name not in self._names:
            raise KeyError(name)
        with safe_open(self._path, framework="np") as file:
            array: NDArray[Any] = file.get_tensor(f"{self._number}.{name}")
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
