"""The zero-centred gradient penalty R2: at generated samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from genaug import ActiveRegularizer, Regularizer, Training
from genaug_plugins.regularizers.r1 import squared_norm

if TYPE_CHECKING:
    from torch import Tensor

    from genaug.adversarial import DiscriminatorPass


class R2Regularizer(Regularizer):
    """Penalize the gradient at generated samples: γ/2 · E‖∇ₓf(G(z))‖² (Mescheder et al. 2018).

    It works like `r1`. For R1 + R2 list both; their gradients share one double backward pass.
    """

    name: ClassVar[str] = "r2"

    gamma: float = Field(default=1.0, ge=0)
    """Weight γ. The default was the best in the study of scarce data
    (docs/benchmarks/scarce-fashion-mnist.md); for much data use .0002·pixels/batch with a larger `every`
    (Karras et al. 2020)."""
    every: int = Field(default=1, ge=1)
    """Steps between two penalties; each is multiplied by this number. 16 costs almost nothing."""

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the penalty."""
        return ActiveR2(self)


class ActiveR2(ActiveRegularizer):
    """R2 penalty in one training."""

    input_gradient = True

    def __init__(self, settings: R2Regularizer) -> None:
        self._settings = settings
        self.every = settings.every

    def penalty(self, d: DiscriminatorPass) -> Tensor:
        """Return γ/2 · E‖∇f(G(z))‖², a scalar."""
        return self._settings.gamma / 2 * squared_norm(d.fake_gradient).mean()
