"""DigGAN: a penalty on the gap between the discriminator's gradient norms at real and generated samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from genaug import ActiveRegularizer, Regularizer, Training
from genaug_plugins.regularizers.gradient_penalty import slope

if TYPE_CHECKING:
    from torch import Tensor

    from genaug.adversarial import DiscriminatorPass


class DigganRegularizer(Regularizer):
    """Penalize the gap between gradient norms: λ·E(‖∇f(G(z))‖ − ‖∇f(x)‖)² (Fang et al. 2022, DigGAN).

    The n-th real sample of a batch is paired with the n-th generated one. The norms themselves are not
    bounded: add r1 for that. The gradients are shared with r1, r2 and ms3d.
    """

    name: ClassVar[str] = "diggan"

    weight: float = Field(default=10.0, ge=0)
    """Weight λ, which depends on the scale of the gradient; the paper uses 1e3, 5e3 and 1e4 with BigGAN on
    100, 20 and 10 % of CIFAR-10."""
    every: int = Field(default=1, ge=1)
    """Steps between two penalties; each is multiplied by this number."""

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the penalty."""
        return ActiveDiggan(self)


class ActiveDiggan(ActiveRegularizer):
    """Penalty on the gap between gradient norms in one training."""

    input_gradient = True

    def __init__(self, settings: DigganRegularizer) -> None:
        self._settings = settings
        self.every = settings.every

    def penalty(self, d: DiscriminatorPass) -> Tensor:
        """Return λ·E(‖∇f(G(z))‖ − ‖∇f(x)‖)², a scalar."""
        gap = slope(d.fake_gradient) - slope(d.real_gradient)  # [N]
        return self._settings.weight * gap.square().mean()
