"""A moment of a running training, held still so that one can look at it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from torch import nn

from genaug.data.spec import SampleSpec

if TYPE_CHECKING:
    from genaug.adversarial.discriminator_pass import DiscriminatorPass


@dataclass(frozen=True, eq=False)
class TrainingSnapshot:
    """Offer what a hook may look at while a generator trains, and must leave as it is.

    Attributes:
        step, total: updates done, and in all.
        spec: what a sample is.
        generator: the averaged generator, in evaluation mode: ``(latents, labels) -> values``.
        latent_dim: length of a latent.
        discriminator: ``(values, labels, condition) -> logits``.
    """

    step: int
    total: int
    spec: SampleSpec
    generator: nn.Module
    latent_dim: int
    discriminator: nn.Module
    look: "Callable[[], DiscriminatorPass]"

    @cached_property
    def d(self) -> "DiscriminatorPass":
        """Return the present discriminator's pass over the last step's batches, made on first use."""
        return self.look()
