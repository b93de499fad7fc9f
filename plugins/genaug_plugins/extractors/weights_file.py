"""Tensors from a file of weights; no code in it is executed."""

import pickle  # for the error that the safe reader raises
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from genaug.errors import MissingWeights


def tensors_of(path: Path, reader: str) -> dict[str, Tensor]:
    """Return the tensors of a .safetensors or torch file, by name.

    Args:
        path: the file.
        reader: name of the reader for errors, e.g. `extractor timm`.

    Raises:
        MissingWeights: if there is no such file, or it contains something else.
    """
    if not path.is_file():
        raise MissingWeights(f"{reader}: the file {path} of the setting `weights` does not exist")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)  # type: ignore[no-any-return]
    except pickle.UnpicklingError as error:
        raise MissingWeights(
            f"{reader}: {path} contains no tensors, or more than tensors, which might run code, and is not "
            "read: save its tensors as .safetensors"
        ) from error
    except (SafetensorError, OSError, RuntimeError, ValueError, EOFError) as error:
        raise MissingWeights(f"{reader}: {path} cannot be read as weights: {error}") from error
