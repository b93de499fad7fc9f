"""Tensors from a file of weights; no code in it is executed."""

import pickle  # for the error that the safe reader raises
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from genaug.errors import MissingWeights


def read_tensors(path: Path, reader: str) -> dict[str, Tensor]:
    """Return the tensors of a .safetensors or torch file, by name.

    Args:
        path: the file.
        reader: name of the component for errors, e.g. ``extractor inception``.

    Raises:
        MissingWeights: if there is no such file, or it contains something else.
    """

    def read() -> dict[str, Tensor]:
        if path.suffix == ".safetensors":
            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)  # type: ignore[no-any-return]

    return dict(read_safely(read, path, reader))


def read_safely(read: Callable[[], Mapping[str, Any]], path: Path, reader: str) -> Mapping[str, Any]:
    """Call a function that reads a file of weights without executing code in it.

    Raises:
        MissingWeights: if there is no such file, or it contains something else; naming `path` and `reader`.
    """
    if not path.is_file():
        raise MissingWeights(f"{reader}: the file {path} of the setting `weights` does not exist")
    try:
        return read()
    except (
        pickle.UnpicklingError,
        SafetensorError,
        OSError,
        RuntimeError,
        ValueError,
        EOFError,
        AttributeError,
    ) as error:
        reason = str(error)
        # timm raises another error from that of pickle, with the advice to read the file unsafely.
        if isinstance(error, pickle.UnpicklingError) or isinstance(error.__cause__, pickle.UnpicklingError):
            reason = (
                "it contains no tensors, or more than tensors, which might run code: save its tensors as "
                ".safetensors"
            )
        raise MissingWeights(f"{reader}: {path} cannot be read as weights: {reason}") from error
