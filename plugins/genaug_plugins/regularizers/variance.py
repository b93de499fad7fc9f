"""Scale-GAN's variance regularizer: the discriminator's variance in place of its gradient."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from genaug import ActiveRegularizer, Regularizer, Training
from genaug.data.discriminator_pass import Batch, DiscriminatorPass
from genaug_plugins.regularizers.scaling import ActiveScaling, ScalingRegularizer, gaussian_like, spread

SCALE_NEEDS = "variance with reading `scale` needs a scaling regularizer before it: add {use: scaling}"

WEIGHTS = {"noise": 100.0, "batch": 0.1, "scale": 1.0}
"""The weights that None stands for; for noise with σ = .05 it is as R1 + R2 with γ = 2·100·σ² = .5."""


class VarianceRegularizer(Regularizer):
    """Penalize a variance V of the discriminator f, which stands in for ‖∇f‖² without a double backward.

    A reconstruction of the variance-based regularization of Scale-GAN (arXiv 2410.20780), whose
    formula is not known to us; with u what the discriminator sees, its readings are

    - ``noise``: V = E_u Var_ε f(u + σε) = σ²·E‖∇f‖² + O(σ⁴), by the unbiased estimate
      ½(f(u + σε₁) − f(u + σε₂))²: two more passes for real and two for fake.
    - ``batch``: V = Var f over the minibatch (unbiased), no more passes. Poincaré: Var f ≤ C·E‖∇f‖².
    - ``scale``: V = E_x Var_s f(s·x, s), by ½(f(s₁x, s₁) − f(s₂x, s₂))²: one more pass each; it
      penalizes the slope along the ray through x alone. Noise that the scaling added is scaled
      along, and views behind the scaling stay as drawn.
    """

    name: ClassVar[str] = "variance"

    reading: Literal["noise", "batch", "scale"] = "noise"
    """Over what the variance is taken."""
    weight: float | None = Field(default=None, ge=0)
    """Weight λ; None: one that suits the reading, 100 for noise, .1 for batch, 1 for scale."""
    sigma: float = Field(default=0.05, gt=0)
    """Reading noise: standard deviation σ of the disturbance, in units of the values."""
    where: Literal["real", "fake", "both"] = "both"
    """On which samples; real and fake are taken apart and added."""
    every: int = Field(default=1, ge=1)
    """Steps between two penalties; each then counts this many times."""

    def check_chain(self, before: Sequence[Regularizer]) -> None:
        """Refuse the reading `scale` where nothing before draws a scale."""
        if self.reading == "scale" and not any(isinstance(other, ScalingRegularizer) for other in before):
            raise ValueError(SCALE_NEEDS)

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the penalty.

        Raises:
            ValueError: where the reading is `scale` and no scaling is attached before.
        """
        return ActiveVariance(self, training)


class ActiveVariance(ActiveRegularizer):
    """Penalize the discriminator's variance in one training."""

    def __init__(self, settings: VarianceRegularizer, training: Training) -> None:
        self._settings = settings
        self._random = training.random
        self._weight = WEIGHTS[settings.reading] if settings.weight is None else settings.weight
        self.every = settings.every
        self._variance: Callable[[DiscriminatorPass, Batch, Tensor], Tensor] = {
            "noise": self._over_noise,
            "batch": self._over_batch,
            "scale": self._over_scale,
        }[settings.reading]
        scalings = [active for active in training.attached if isinstance(active, ActiveScaling)]
        if settings.reading == "scale" and not scalings:
            raise ValueError(SCALE_NEEDS)
        self._scaling = scalings[-1] if scalings else None

    def penalty(self, d: DiscriminatorPass) -> Tensor:
        """Return λ·V, a scalar."""
        total = torch.zeros((), dtype=d.real_logits.dtype, device=d.real_logits.device)
        if self._settings.where in ("real", "both"):
            total = total + self._variance(d, d.real, d.real_logits)
        if self._settings.where in ("fake", "both"):
            total = total + self._variance(d, d.fake, d.fake_logits)
        return self._weight * total

    def _over_noise(self, d: DiscriminatorPass, batch: Batch, logits: Tensor) -> Tensor:
        values, sigma = batch.values.detach(), self._settings.sigma
        first, second = (
            d.discriminate(
                Batch(values + sigma * gaussian_like(values, self._random), batch.labels, batch.condition)
            )
            for _ in range(2)
        )
        return (first - second).square().mean() / 2

    def _over_batch(self, d: DiscriminatorPass, batch: Batch, logits: Tensor) -> Tensor:
        # One sample alone has no variance to speak of.
        return logits.var() if len(logits) > 1 else logits.sum() * 0

    def _over_scale(self, d: DiscriminatorPass, batch: Batch, logits: Tensor) -> Tensor:
        assert self._scaling is not None
        column = self._scaling.column
        drawn = batch.condition[:, column]
        scales = self._scaling.draw(len(drawn)).to(drawn.dtype)
        condition = batch.condition.clone()
        condition[:, column] = scales
        values = batch.values.detach() * spread(scales / drawn, batch.values)
        return (logits - d.discriminate(Batch(values, batch.labels, condition))).square().mean() / 2
