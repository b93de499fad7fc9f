"""What the networks of an adversarial training saw in one step, and its input gradients, shared."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from genaug.training.batch_sampler import Rows as Rows

Discriminate = Callable[[Tensor, Tensor, Tensor], Tensor]
Generate = Callable[[Tensor, Tensor], Tensor]


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


@dataclass(frozen=True)
class Logits:
    """Hold the logits of a step, detached, of the whole batch: over all parts and processes.

    Attributes:
        real, fake: ``[N]``.
    """

    real: Tensor
    fake: Tensor


class DiscriminatorPass:
    """Hold one pass of the discriminator over a real and a fake batch.

    Logits and input gradients are computed on first use and shared: however many penalties ask
    for a gradient, the step pays for one double backward.

    Args:
        discriminator: ``(values, labels, condition) -> logits [N]``.
        real, fake: the batches as the discriminator sees them.
        latents: those of the fakes, ``[N, Z]``; None where there is no generator.
        generate: ``(latents, labels) -> values``; None where there is no generator.
        rows: which rows of the whole batch these are; None: the batch is whole.
    """

    def __init__(
        self,
        discriminator: Discriminate,
        real: Batch,
        fake: Batch,
        *,
        latents: Tensor | None = None,
        generate: Generate | None = None,
        rows: Rows | None = None,
    ) -> None:
        self._discriminator = discriminator
        self._latents, self._generate = latents, generate
        self.real = _differentiable(real)
        self.fake = _differentiable(fake)
        self.rows = rows or Rows(0, len(real.values), len(real.values))
        """Draw noise as ``rows.of(torch.randn(rows.total, …, generator=random))``."""

    @cached_property
    def real_logits(self) -> Tensor:
        """Return ``[N]``."""
        return self.discriminate(self.real)

    @cached_property
    def fake_logits(self) -> Tensor:
        """Return ``[N]``."""
        return self.discriminate(self.fake)

    @cached_property
    def real_gradient(self) -> Tensor:
        """Return d logits / d real values, ``[N, *shape]``, differentiable."""
        return input_gradient(self.real_logits, self.real.values)

    @cached_property
    def fake_gradient(self) -> Tensor:
        """Return d logits / d fake values, ``[N, *shape]``, differentiable."""
        return input_gradient(self.fake_logits, self.fake.values)

    def discriminate(self, batch: Batch) -> Tensor:
        """Return the logits ``[N]`` of another batch, e.g. of a disturbed one."""
        return self._discriminator(batch.values, batch.labels, batch.condition)

    @property
    def latents(self) -> Tensor:
        """Return the latents of the fakes, ``[N, Z]``.

        Raises:
            ValueError: where the pass was made without a generator.
        """
        if self._latents is None:
            raise ValueError("this pass has no generator, so its fakes have no latents")
        return self._latents

    @torch.no_grad()
    def generate(self, latents: Tensor) -> Tensor:
        """Return the generator's samples of other latents and the fakes' labels, before any view.

        No gradient reaches the generator.

        Raises:
            ValueError: where the pass was made without a generator.
        """
        if self._generate is None:
            raise ValueError("this pass has no generator")
        return self._generate(latents, self.fake.labels)


@dataclass(frozen=True, eq=False)
class GeneratorPass:
    """Hold one pass of the generator and of the discriminator behind it, differentiable.

    Attributes:
        latents: ``[N, Z]``.
        labels: ``[N]``.
        values: ``[N, *shape]``, what the generator made, before any view.
        logits: ``[N]``, the discriminator's of the viewed values.
        generate: ``(latents, labels) -> values``, for other latents; gradients flow.
        rows: which rows of the whole batch these are; see `DiscriminatorPass.rows`.
    """

    latents: Tensor
    labels: Tensor
    values: Tensor
    logits: Tensor
    generate: Generate
    rows: Rows


def input_gradient(logits: Tensor, values: Tensor) -> Tensor:
    """Return d logits[n] / d values[n], ``[N, *shape]``, with a graph of its own."""
    (gradient,) = torch.autograd.grad(logits.sum(), values, create_graph=True)
    return gradient


def _differentiable(batch: Batch) -> Batch:
    # A leaf of its own. The loop asks autograd for the parameters' gradients alone, so where no
    # penalty uses the input gradient this costs nothing.
    return Batch(batch.values.detach().requires_grad_(), batch.labels, batch.condition)
