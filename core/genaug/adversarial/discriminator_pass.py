"""One pass of the networks in a step: batches, logits, and input gradients that penalties share."""

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
    """An augmented batch, the input of the discriminator.

    Attributes:
        values: float ``[N, *shape]``.
        labels: int64 ``[N]``.
        condition: float ``[N, K]``, the condition columns of all regularizers in their order, which
            describe the augmentation of each sample; K may be 0.
    """

    values: Tensor
    labels: Tensor
    condition: Tensor


@dataclass(frozen=True)
class Logits:
    """The detached logits of a step for the entire batch, of all parts and processes.

    Attributes:
        real, fake: ``[N]``.
    """

    real: Tensor
    fake: Tensor


class DiscriminatorPass:
    """One pass of the discriminator f over a real and a fake batch.

    Logits and input gradients are computed on first use and shared: penalties that use the same gradient
    need only one double backward pass.

    Args:
        discriminator: f, ``(values, labels, condition) -> logits [N]``.
        real, fake: the augmented batches.
        latents: of the fakes, ``[N, Z]``; None without a generator.
        generate: ``(latents, labels) -> values``; None without a generator.
        rows: the rows of the step's batch that these are; None: all.
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
        """Return the logits ``[N]`` of another batch, e.g. of one with added noise."""
        return self._discriminator(batch.values, batch.labels, batch.condition)

    @property
    def latents(self) -> Tensor:
        """Return the latents of the fakes, ``[N, Z]``.

        Raises:
            ValueError: if the pass was made without a generator.
        """
        if self._latents is None:
            raise ValueError("this pass has no generator, so its fakes have no latents")
        return self._latents

    def generate(self, latents: Tensor) -> Tensor:
        """Return samples of the generator for other latents and the labels of the fakes, not augmented.

        They have no gradient with respect to the generator.

        Raises:
            ValueError: if the pass was made without a generator.
        """
        import torch

        if self._generate is None:
            raise ValueError("this pass has no generator")
        with torch.no_grad():
            return self._generate(latents, self.fake.labels)


@dataclass(frozen=True, eq=False)
class GeneratorPass:
    """One differentiable pass of the generator followed by the discriminator.

    Attributes:
        latents: ``[N, Z]``.
        labels: ``[N]``.
        values: ``[N, *shape]``, the generator's samples, not augmented.
        logits: ``[N]``, of the augmented values.
        generate: ``(latents, labels) -> values``, differentiable, for other latents.
        rows: the rows of the step's batch that these are; see `DiscriminatorPass.rows`.
    """

    latents: Tensor
    labels: Tensor
    values: Tensor
    logits: Tensor
    generate: Generate
    rows: Rows


def input_gradient(logits: Tensor, values: Tensor) -> Tensor:
    """Return d logits[n] / d values[n], ``[N, *shape]``, differentiable."""
    import torch

    (gradient,) = torch.autograd.grad(logits.sum(), values, create_graph=True)
    return gradient


def _differentiable(batch: Batch) -> Batch:
    # The step computes the gradients of the parameters only, so this costs nothing unless a penalty uses
    # the input gradient.
    return Batch(batch.values.detach().requires_grad_(), batch.labels, batch.condition)
