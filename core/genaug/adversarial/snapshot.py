"""A snapshot of a running adversarial training, for hooks that inspect the networks."""

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
    """A snapshot of an adversarial training, read-only for hooks.

    Attributes:
        generator: the averaged generator, in evaluation mode: ``(latents, labels) -> values``.
        latent_dim: length of a latent.
        discriminator: ``(values, labels, condition) -> logits``, in evaluation mode.
        look: returns a new `d`.
    """

    generator: nn.Module
    latent_dim: int
    discriminator: nn.Module
    look: Callable[[], DiscriminatorPass]

    @cached_property
    def d(self) -> DiscriminatorPass:
        """Return a pass of the current discriminator over the batches of the last step, computed once."""
        return self.look()
