"""WGAN-GP: a slope of one on the lines between real and generated samples."""

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
    """Penalize a slope other than one: λ·E(‖∇f(x̂)‖ − 1)² (Gulrajani et al. 2017, arXiv 1704.00028).

    x̂ = ε·x + (1 − ε)·G(z) with ε uniform on [0, 1], one for each pair of a real and a generated
    sample as the discriminator sees them. x̂ bears the real sample's label, whatever the class of
    the generated one. It is made for the Wasserstein loss and works with the others. Its gradient
    is at points of its own, so it shares no double backward with R1, MS3D and the like.
    """

    name: ClassVar[str] = "gradient-penalty"

    weight: float = Field(default=10.0, ge=0)
    """Weight λ."""
    every: int = Field(default=1, ge=1)
    """Steps between two penalties; each then counts this many times."""

    def check_context(self, context: RegularizerContext) -> None:
        """Refuse regularizers that tell the discriminator how its samples were changed.

        Raises:
            ValueError: naming them.
        """
        telling = [other.name for other in context.others if other.shows == "conditioned"]
        if telling:
            raise ValueError(
                f"gradient-penalty mixes real with generated samples, and {' and '.join(telling)} tells the "
                f"discriminator something else of either, which cannot be mixed: use r1 and r2 instead, or "
                f"leave out {' and '.join(telling)}"
            )

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the penalty."""
        return ActiveGradientPenalty(self, training)


class ActiveGradientPenalty(ActiveRegularizer):
    """Penalize the discriminator of one training between its samples."""

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
    """Return ‖g‖ of each sample, ``[N]``, of ``[N, *shape]``; where it is 0, so are its derivatives."""
    from genaug_plugins.metrics.dissimilarity import magnitude

    return magnitude(gradient.flatten(1)).squeeze(1)
