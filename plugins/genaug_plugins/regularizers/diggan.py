"""DigGAN: the discriminator's slopes at real and at generated samples are to be alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from genaug import ActiveRegularizer, Regularizer, Training
from genaug_plugins.regularizers.gradient_penalty import slope

if TYPE_CHECKING:
    from torch import Tensor

    from genaug.adversarial import DiscriminatorPass


class DigganRegularizer(Regularizer):
    """Penalize the gap between slopes: λ·E(‖∇f(G(z))‖ − ‖∇f(x)‖)² (Fang et al. 2022, DigGAN).

    The n-th real sample of a batch is paired with the n-th generated one. Slopes as such are free
    to grow: add r1 to bound them. It shares its gradients with R1, R2 and MS3D.
    """

    name: ClassVar[str] = "diggan"

    weight: float = Field(default=10.0, ge=0)
    """Weight λ, on the scale of the discriminator's slope; the paper has 1e3, 5e3 and 1e4 with BigGAN on
    100, 20 and 10 % of CIFAR-10."""
    every: int = Field(default=1, ge=1)
    """Steps between two penalties; each then counts this many times."""

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the penalty."""
        return ActiveDiggan(self)


class ActiveDiggan(ActiveRegularizer):
    """Penalize the gap between the slopes of one training's discriminator."""

    input_gradient = True

    def __init__(self, settings: DigganRegularizer) -> None:
        self._settings = settings
        self.every = settings.every

    def penalty(self, d: DiscriminatorPass) -> Tensor:
        """Return λ·E(‖∇f(G(z))‖ − ‖∇f(x)‖)², a scalar."""
        gap = slope(d.fake_gradient) - slope(d.real_gradient)  # [N]
        return self._settings.weight * gap.square().mean()
