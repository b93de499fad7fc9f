"""What is put on an adversarial training to make it learn better."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from genaug.component import Component
from genaug.data import SampleSpec

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from genaug.data.discriminator_pass import Batch, DiscriminatorPass


@dataclass(frozen=True)
class Training:
    """Hold what a regularizer may know of the training it is attached to.

    Attributes:
        spec: what a sample is.
        steps: how many steps the training has.
        batch_size: samples of each batch, real and fake alike.
        random: the training's own random generator; draw from it alone, so that a resumed
            training draws the same.
        attached: the active regularizers before this one, in order.
    """

    spec: SampleSpec
    steps: int
    batch_size: int
    random: torch.Generator
    attached: tuple[ActiveRegularizer, ...] = ()

    @property
    def condition_dim(self) -> int:
        """Return how many condition columns the regularizers before this one use."""
        return sum(active.condition_dim for active in self.attached)


class ActiveRegularizer:
    """Act on a running training; each of the actions has a neutral default.

    Attributes:
        condition_dim: columns that `view` appends to `Batch.condition`.
        every: `penalty` is asked for at every n-th step only, and the loop multiplies it by n.
    """

    condition_dim: int = 0
    every: int = 1

    def view(self, batch: Batch) -> Batch:
        """Change what the discriminator sees, and tell it how in the condition.

        Called apart for real and fake, and for the fakes of the generator's own step, through
        which gradients flow.
        """
        return batch

    def penalty(self, d: DiscriminatorPass) -> Tensor | None:
        """Return a scalar to add to the discriminator's loss; None: nothing."""
        return None

    def observe(self, d: DiscriminatorPass) -> None:
        """Look at the pass after the step and adapt."""

    def logs(self) -> dict[str, float]:
        """Return what should be logged of the state, e.g. a controller's position."""
        return {}

    def state(self) -> dict[str, Any]:
        """Return everything that changes over the training, as plain JSON."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a `state`."""


class Regularizer(Component):
    """Promise to act on an adversarial training."""

    kind: ClassVar[str] = "regularizer"

    @abstractmethod
    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the active regularizer of one training."""

    def check_chain(self, before: Sequence[Regularizer]) -> None:
        """Raise ValueError where this cannot work behind the regularizers `before` it.

        Called when the config is checked, long before training.
        """
