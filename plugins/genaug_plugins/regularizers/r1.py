"""The zero-centred gradient penalty R1: at real samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from genaug import ActiveRegularizer, Regularizer, Training

if TYPE_CHECKING:
    from torch import Tensor

    from genaug.adversarial import DiscriminatorPass


class R1Regularizer(Regularizer):
    """Penalize the gradient at real samples: γ/2 · E‖∇ₓf(x)‖² (Mescheder et al. 2018).

    The squared norm is summed over all values of a sample. The gradient is with respect to the augmented
    sample, so after a scaling x is s·x. In the lazy form (Karras et al. 2020, arXiv 1912.04958) n times the
    penalty is minimized at every n-th step, in a separate update; the training changes Adam's rate and
    decays by the power n / (n + 1) for that, as the paper does.
    """

    name: ClassVar[str] = "r1"

    gamma: float = Field(default=1.0, ge=0)
    """Weight γ. The default was the best in the study of scarce data
    (docs/benchmarks/scarce-fashion-mnist.md); for much data use .0002·pixels/batch with a larger `every`
    (Karras et al. 2020)."""
    every: int = Field(default=1, ge=1)
    """Steps between two penalties; each is multiplied by this number. 16 costs almost nothing."""

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the penalty."""
        return ActiveR1(self)


class ActiveR1(ActiveRegularizer):
    """R1 penalty in one training."""

    input_gradient = True

    def __init__(self, settings: R1Regularizer) -> None:
        self._settings = settings
        self.every = settings.every

    def penalty(self, d: DiscriminatorPass) -> Tensor:
        """Return γ/2 · E‖∇f(x)‖², a scalar."""
        return self._settings.gamma / 2 * squared_norm(d.real_gradient).mean()


def squared_norm(gradient: Tensor) -> Tensor:
    """Return ‖g‖² of each sample, ``[N]``, of ``[N, *shape]``."""
    return gradient.flatten(1).square().sum(1)
