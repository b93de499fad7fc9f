"""Initial weights of a network from another training."""

from collections.abc import Mapping, Set

import torch
from torch import Tensor, nn

from genaug.errors import DataError

ENOUGH = 0.5
"""Minimum share of a network's weights that must come from the start; with less an error is raised."""


def load_initial(name: str, network: nn.Module, weights: Mapping[str, Tensor], owner: str) -> list[str]:
    """Load the tensors that fit into a new network, and return warnings about the others.

    Args:
        name: what the network is, in messages.
        network: it keeps its own tensors where none fits by name and shape.
        weights: of the start, by name.
        owner: what the network belongs to, in messages.

    Raises:
        DataError: if less than half of the network's weights can be loaded.
    """
    own = network.state_dict()
    fitting = {key: value for key, value in weights.items() if key in own and own[key].shape == value.shape}
    total = sum(value.numel() for value in own.values())
    if sum(value.numel() for value in fitting.values()) < ENOUGH * total:
        raise DataError(
            f"{len(fitting)} of the {len(weights)} tensors of the saved {name} fit the {name} of "
            f"{owner!r}, and they contain less than half of its weights: start from a fit of the same "
            "architecture and settings"
        )
    with torch.no_grad():
        for key, value in fitting.items():
            own[key].copy_(value)
    warnings = []
    if fresh := own.keys() - fitting.keys():
        warnings.append(
            f"{len(fresh)} of {len(own)} tensors of the {name} start from random weights, because the saved "
            f"one does not have them or has them in another shape: {_some(fresh)}"
        )
    if left := weights.keys() - own.keys():
        warnings.append(
            f"{len(left)} of {len(weights)} tensors of the saved {name} are ignored, because this one does "
            f"not have them: {_some(left)}"
        )
    return warnings


def _some(names: Set[str]) -> str:
    return ", ".join(sorted(names)[:3]) + (", …" if len(names) > 3 else "")
