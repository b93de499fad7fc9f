"""Transfer: initial weights from another training, some of them frozen (FreezeD)."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from genaug.errors import DataError

ENOUGH = 0.5
"""Minimum share of a network's weights that must come from the start; with less an error is raised."""


@dataclass(frozen=True)
class Start:
    """Initial weights of a training.

    Attributes:
        generator, discriminator: weights by name, as a sampler saved them; empty: random ones. A tensor that
            this training's network does not have, or has in another shape, is ignored with a warning.
        freeze_discriminator: number of the discriminator's first stages whose weights are frozen (FreezeD, Mo
            et al. 2020, arXiv 2002.10964).
    """

    generator: dict[str, Tensor] = field(default_factory=dict)
    discriminator: dict[str, Tensor] = field(default_factory=dict)
    freeze_discriminator: int = 0


def begin_from(start: Start, generator: nn.Module, discriminator: nn.Module, architecture: str) -> list[str]:
    """Load the start's weights into new networks, freeze the discriminator's first stages, return warnings.

    Raises:
        DataError: if less than half of a network's weights can be loaded, or the stages cannot be frozen.
    """
    warnings = []
    for name, network, weights in (
        ("generator", generator, start.generator),
        ("discriminator", discriminator, start.discriminator),
    ):
        if weights:
            warnings += _load(name, network, weights, architecture)
    count = start.freeze_discriminator
    if count == 0:
        return warnings
    stages: list[nn.Module] | None = getattr(discriminator, "stages", None)
    if stages is None:
        raise DataError(
            f"freeze_discriminator needs a discriminator with an attribute `stages`, which that of "
            f"{architecture!r} does not have: set it to 0, or choose another architecture"
        )
    if count >= len(stages):
        raise DataError(
            f"the discriminator of {architecture!r} has {len(stages)} stages: freeze at most "
            f"{len(stages) - 1} of them, not {count}"
        )
    for stage in stages[:count]:
        stage.requires_grad_(False)
    return warnings


def _load(name: str, network: nn.Module, weights: Mapping[str, Tensor], architecture: str) -> list[str]:
    own = network.state_dict()
    fitting = {key: value for key, value in weights.items() if key in own and own[key].shape == value.shape}
    total = sum(value.numel() for value in own.values())
    if sum(value.numel() for value in fitting.values()) < ENOUGH * total:
        raise DataError(
            f"{len(fitting)} of the {len(weights)} tensors of the saved {name} fit the {name} of "
            f"{architecture!r}, and they contain less than half of its weights: start from a fit of the same "
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
