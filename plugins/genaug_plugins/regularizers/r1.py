"""The zero-centred gradient penalties R1 and R2."""

from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from genaug import ActiveRegularizer, Regularizer, Training
from genaug.data.discriminator_pass import DiscriminatorPass


class R1Regularizer(Regularizer):
    """Penalize the discriminator's slope at real samples: γ/2 · E‖∇ₓf(x)‖² (Mescheder et al. 2018).

    The squared norm sums over all values of a sample. The gradient is taken with respect to what
    the discriminator sees, so behind a scaling x stands for s·x. The lazy form (Karras et al.
    2020, arXiv 1912.04958) asks every n-th step for n times the penalty; Adam's rates and decays
    are left as they are, where that paper shifts them by n / (n + 1).
    """

    name: ClassVar[str] = "r1"

    gamma: float = Field(default=0.01, ge=0)
    """Weight γ; .0002·pixels/batch for much data (Karras et al. 2020), near 1 for tens of images a class."""
    where: Literal["real", "fake", "both"] = "real"
    """At real samples (R1), at fakes (R2), or at both (R1 + R2)."""
    every: int = Field(default=16, ge=1)
    """Steps between two penalties; each then counts this many times."""

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the penalty."""
        return ActiveR1(self)


class ActiveR1(ActiveRegularizer):
    """Penalize the discriminator of one training."""

    def __init__(self, settings: R1Regularizer) -> None:
        self._settings = settings
        self.every = settings.every

    def penalty(self, d: DiscriminatorPass) -> Tensor:
        """Return γ/2 · E‖∇f‖², a scalar, summed over real and fake where both are asked for."""
        total = torch.zeros((), dtype=d.real_logits.dtype, device=d.real_logits.device)
        if self._settings.where in ("real", "both"):
            total = total + squared_norm(d.real_gradient).mean()
        if self._settings.where in ("fake", "both"):
            total = total + squared_norm(d.fake_gradient).mean()
        return self._settings.gamma / 2 * total


def squared_norm(gradient: Tensor) -> Tensor:
    """Return ‖g‖² of each sample, ``[N]``, of ``[N, *shape]``."""
    return gradient.flatten(1).square().sum(1)
