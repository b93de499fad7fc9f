"""A snapshot of a running adversarial training, for hooks that look at the networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from genaug.training.snapshot import TrainingSnapshot

if TYPE_CHECKING:
    from torch import nn

    from genaug.adversarial.discriminator_pass import DiscriminatorPass


@dataclass(frozen=True, eq=False)
class AdversarialSnapshot(TrainingSnapshot):
    """What a hook may look at while a generator trains against a discriminator, and must leave as it is.

    Attributes:
        generator: the averaged generator, in evaluation mode: ``(latents, labels) -> values``.
        latent_dim: length of a latent.
        discriminator: ``(values, labels, condition) -> logits``, in evaluation mode.
        look: makes `d`.
    """

    generator: nn.Module
    latent_dim: int
    discriminator: nn.Module
    look: Callable[[], DiscriminatorPass]

    @cached_property
    def d(self) -> DiscriminatorPass:
        """Return the present discriminator's pass over the last step's batches, made on first use."""
        return self.look()
