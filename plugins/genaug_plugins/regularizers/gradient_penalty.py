"""WGAN-GP: a gradient norm of one on the lines between real and generated samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from genaug import ActiveRegularizer, Regularizer, RegularizerContext, Training
from genaug.adversarial import Batch
from genaug.adversarial.discriminator_pass import input_gradient

if TYPE_CHECKING:
    from torch import Tensor

    from genaug.adversarial import DiscriminatorPass


class GradientPenaltyRegularizer(Regularizer):
    """Penalize a gradient norm other than one: λ·E(‖∇f(x̂)‖ − 1)² (Gulrajani et al. 2017, arXiv 1704.00028).

    x̂ = ε·x + (1 − ε)·G(z) with ε uniform on [0, 1], one for each pair of a real and a generated sample,
    both augmented. x̂ has the label of the real sample, whatever the class of the generated one. It is
    designed for the Wasserstein loss and works with the others. Its gradient is taken at other points than
    those of r1, r2 and ms3d, so it needs its own double backward pass.
    """

    name: ClassVar[str] = "gradient-penalty"

    weight: float = Field(default=10.0, ge=0)
    """Weight λ."""
    every: int = Field(default=1, ge=1)
    """Steps between two penalties; each is multiplied by this number."""

    def check_context(self, context: RegularizerContext) -> None:
        """Raise an error for regularizers that add a condition to the discriminator.

        Raises:
            ValueError: naming them.
        """
        conditioned = [other.name for other in context.others if other.shows == "conditioned"]
        if conditioned:
            names = " and ".join(conditioned)
            raise ValueError(
                f"gradient-penalty interpolates between real and generated samples, and the condition of "
                f"{names} cannot be interpolated: use r1 and r2 instead, or remove {names}"
            )

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the penalty."""
        return ActiveGradientPenalty(self, training)


class ActiveGradientPenalty(ActiveRegularizer):
    """Gradient penalty in one training."""

    input_gradient = True

    def __init__(self, settings: GradientPenaltyRegularizer, training: Training) -> None:
        self._settings = settings
        self._random = training.random
        self.every = settings.every

    def penalty(self, d: DiscriminatorPass) -> Tensor:
        """Return λ·E(‖∇f(x̂)‖ − 1)², a scalar."""
        import torch

        real, fake = d.real.values.detach(), d.fake.values.detach()
        random = self._random
        share = d.rows.of(torch.rand(d.rows.total, generator=random, device=random.device))  # ε, [N]
        share = share.to(real.dtype).reshape(-1, *[1] * (real.dim() - 1))
        mixed = torch.lerp(fake, real, share).requires_grad_()
        logits = d.discriminate(Batch(mixed, d.real.labels, d.real.condition))
        return self._settings.weight * (slope(input_gradient(logits, mixed)) - 1).square().mean()


def slope(gradient: Tensor) -> Tensor:
    """Return ‖g‖ of each sample, ``[N]``, of ``[N, *shape]``; where it is 0, its derivatives are 0 too."""
    from genaug_plugins.metrics.dissimilarity import magnitude

    return magnitude(gradient.flatten(1)).squeeze(1)
