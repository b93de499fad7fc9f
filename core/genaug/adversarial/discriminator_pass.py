"""What the networks of an adversarial training saw in one step, and its input gradients, shared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from genaug.training.rows import Rows as Rows

if TYPE_CHECKING:
    from torch import Tensor

Discriminate = Callable[["Tensor", "Tensor", "Tensor"], "Tensor"]
Generate = Callable[["Tensor", "Tensor"], "Tensor"]


@dataclass(frozen=True)
class Batch:
    """A batch as the discriminator sees it.

    Attributes:
        values: float ``[N, *shape]``.
        labels: int64 ``[N]``.
        condition: float ``[N, K]``, how the regularizers augmented each sample, the columns of each
            regularizer after those of the one before; K may be 0.
    """

    values: Tensor
    labels: Tensor
    condition: Tensor


@dataclass(frozen=True)
class Logits:
    """The logits of a step, detached, of the whole batch: over all parts and processes.

    Attributes:
        real, fake: ``[N]``.
    """

    real: Tensor
    fake: Tensor


class DiscriminatorPass:
    """One pass of the discriminator f over a real and a fake batch.

    Logits and input gradients are computed on first use and shared: however many penalties use a
    gradient, the step pays for one double backward.

    Args:
        discriminator: f, ``(values, labels, condition) -> logits [N]``.
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
        """Return f(x), ``[N]``."""
        return self.discriminate(self.real)

    @cached_property
    def fake_logits(self) -> Tensor:
        """Return f(G(z)), ``[N]``."""
        return self.discriminate(self.fake)

    @cached_property
    def real_gradient(self) -> Tensor:
        """Return ∇f at the real values, ``[N, *shape]``, differentiable."""
        return input_gradient(self.real_logits, self.real.values)

    @cached_property
    def fake_gradient(self) -> Tensor:
        """Return ∇f at the fake values, ``[N, *shape]``, differentiable."""
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

    def generate(self, latents: Tensor) -> Tensor:
        """Return the generator's samples of other latents and the fakes' labels, not augmented.

        No gradient reaches the generator.

        Raises:
            ValueError: where the pass was made without a generator.
        """
        import torch

        if self._generate is None:
            raise ValueError("this pass has no generator")
        with torch.no_grad():
            return self._generate(latents, self.fake.labels)


@dataclass(frozen=True, eq=False)
class GeneratorPass:
    """One pass of the generator and of the discriminator behind it, differentiable.

    Attributes:
        latents: ``[N, Z]``.
        labels: ``[N]``.
        values: ``[N, *shape]``, the generator's samples, not augmented.
        logits: ``[N]``, the discriminator's, of the augmented values.
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
    import torch

    (gradient,) = torch.autograd.grad(logits.sum(), values, create_graph=True)
    return gradient


def _differentiable(batch: Batch) -> Batch:
    # A leaf of its own. The step asks autograd for the parameters' gradients alone, so where no
    # penalty uses the input gradient this costs nothing.
    return Batch(batch.values.detach().requires_grad_(), batch.labels, batch.condition)
