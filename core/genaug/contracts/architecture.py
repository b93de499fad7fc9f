"""The two networks of an adversarial generator."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from genaug.components.component import Component
from genaug.data import SampleSpec

if TYPE_CHECKING:
    from torch import nn


class Architecture(Component):
    """Base class of architectures: a generator and a discriminator network.

    ``generator(latents [N, Z], labels [N]) -> values [N, *shape]``, within the spec's value
    range, with an integer attribute ``latent_dim`` = Z.
    ``discriminator(values [N, *shape], labels [N], condition [N, K]) -> logits [N]``, twice
    differentiable in ``values``; K is 0 where no regularizer adds a condition.

    Where the spec has one class only, labels carry no information: the networks are then
    unconditional. A discriminator may have an attribute ``stages``: its modules in a list, in the
    order in which values pass them; with it, the first ones can be frozen in fine-tuning.
    In evaluation mode neither network draws anything at random.
    """

    kind: ClassVar[str] = "architecture"

    @abstractmethod
    def networks(self, spec: SampleSpec, condition_dim: int) -> tuple[nn.Module, nn.Module]:
        """Return freshly initialised networks; randomness comes from torch's global generator.

        Raises:
            DataError: where the spec's modality or shape is not one this architecture can make.
        """
