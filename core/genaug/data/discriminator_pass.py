"""What a discriminator saw in one step, and its input gradients, computed once and shared."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """Hold a batch as the discriminator sees it.

    Attributes:
        values: float ``[N, *shape]``.
        labels: int64 ``[N]``.
        condition: float ``[N, K]``, what the views tell the discriminator of themselves, one
            regularizer's columns behind the other's; K may be 0.
    """

    values: Tensor
    labels: Tensor
    condition: Tensor


class DiscriminatorPass:
    """Hold one pass of the discriminator over a real and a fake batch.

    Each input gradient is computed on first use, with a graph of its own, and shared: however
    many penalties ask for it, the step pays for one double backward.
    """

    def __init__(
        self, discriminator: Callable[[Tensor, Tensor, Tensor], Tensor], real: Batch, fake: Batch
    ) -> None:
        self._discriminator = discriminator
        self.real = _differentiable(real)
        self.fake = _differentiable(fake)
        self.real_logits = self.discriminate(self.real)
        """``[N]``"""
        self.fake_logits = self.discriminate(self.fake)
        """``[N]``"""

    def discriminate(self, batch: Batch) -> Tensor:
        """Return the logits ``[N]`` of another batch, e.g. of a disturbed one."""
        return self._discriminator(batch.values, batch.labels, batch.condition)

    @cached_property
    def real_gradient(self) -> Tensor:
        """Return d logits / d real values, ``[N, *shape]``, differentiable."""
        return _input_gradient(self.real_logits, self.real.values)

    @cached_property
    def fake_gradient(self) -> Tensor:
        """Return d logits / d fake values, ``[N, *shape]``, differentiable."""
        return _input_gradient(self.fake_logits, self.fake.values)


def _differentiable(batch: Batch) -> Batch:
    # A leaf of its own. The loop asks autograd for the parameters' gradients alone, so where no
    # penalty uses the input gradient this costs nothing.
    return Batch(batch.values.detach().requires_grad_(), batch.labels, batch.condition)


def _input_gradient(logits: Tensor, values: Tensor) -> Tensor:
    (gradient,) = torch.autograd.grad(logits.sum(), values, create_graph=True)
    return gradient
