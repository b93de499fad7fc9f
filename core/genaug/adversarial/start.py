"""Transfer: begin with weights that were learned elsewhere, and freeze some of them (FreezeD)."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from genaug.errors import DataError

ENOUGH = 0.5
"""Share of a network's weights that must come from the start; less is taken for a mistake."""


@dataclass(frozen=True)
class Start:
    """What a training starts from instead of random weights.

    Attributes:
        generator, discriminator: weights by name, as a sampler saved them. A tensor that this
            training's network lacks, or has in another shape, is left out, with a warning.
        freeze_discriminator: the discriminator's first stages that keep their weights (FreezeD, Mo
            et al. 2020, arXiv 2002.10964).
    """

    generator: dict[str, Tensor] = field(default_factory=dict)
    discriminator: dict[str, Tensor] = field(default_factory=dict)
    freeze_discriminator: int = 0


def begin_from(start: Start, generator: nn.Module, discriminator: nn.Module, architecture: str) -> list[str]:
    """Put the start's weights into fresh networks and freeze what it freezes; return warnings.

    Raises:
        DataError: where the start holds less than half of a network's weights, or there is nothing to freeze.
    """
    warnings = []
    for name, network, weights in (
        ("generator", generator, start.generator),
        ("discriminator", discriminator, start.discriminator),
    ):
        if weights:
            warnings += _filled(name, network, weights, architecture)
    if start.freeze_discriminator:
        _freeze(discriminator, start.freeze_discriminator, architecture)
    return warnings


def _filled(name: str, network: nn.Module, weights: Mapping[str, Tensor], architecture: str) -> list[str]:
    own = network.state_dict()
    fitting = {key: value for key, value in weights.items() if key in own and own[key].shape == value.shape}
    whole = sum(value.numel() for value in own.values())
    if sum(value.numel() for value in fitting.values()) < ENOUGH * whole:
        raise DataError(
            f"{len(fitting)} of the {len(weights)} tensors of the saved {name} fit the {name} of "
            f"{architecture!r}, and they hold less than half of its weights: start from a fit of the same "
            "architecture and settings"
        )
    with torch.no_grad():
        for key, value in fitting.items():
            own[key].copy_(value)
    warnings = []
    if fresh := own.keys() - fitting.keys():
        warnings.append(
            f"{len(fresh)} of {len(own)} tensors of the {name} start from random weights, because the saved "
            f"one lacks them or has them in another shape: {_some(fresh)}"
        )
    if left := weights.keys() - own.keys():
        warnings.append(
            f"{len(left)} of {len(weights)} tensors of the saved {name} are left out, because this one has "
            f"no place for them: {_some(left)}"
        )
    return warnings


def _some(names: Set[str]) -> str:
    return ", ".join(sorted(names)[:3]) + (", …" if len(names) > 3 else "")


def _freeze(discriminator: nn.Module, count: int, architecture: str) -> None:
    stages: list[nn.Module] | None = getattr(discriminator, "stages", None)
    if stages is None:
        raise DataError(
            f"freeze_discriminator needs a discriminator that names its stages, and that of {architecture!r} "
            "does not: set it to 0, or choose another architecture"
        )
    if count >= len(stages):
        raise DataError(
            f"the discriminator of {architecture!r} has {len(stages)} stages: freeze at most "
            f"{len(stages) - 1} of them, not {count}"
        )
    for stage in stages[:count]:
        stage.requires_grad_(False)
