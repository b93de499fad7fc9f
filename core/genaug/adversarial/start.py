"""Transfer: initial weights from another training, some of them frozen (FreezeD)."""

from dataclasses import dataclass, field

from torch import Tensor, nn

from genaug.errors import DataError
from genaug.training.initial_weights import load_initial


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
            warnings += load_initial(name, network, weights, architecture)
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
