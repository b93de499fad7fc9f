"""Scale-GAN's variance regularizer: the discriminator's variance in place of its gradient."""

from collections.abc import Callable
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from genaug import ActiveRegularizer, Regularizer, Training
from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass, Rows
from genaug.contracts.regularizer import RegularizerContext
from genaug_plugins.regularizers.scaling import ActiveScaling, ScalingRegularizer, scaled

SCALE_NEEDS = "variance with reading `scale` needs a scaling regularizer before it: add {use: scaling}"

WEIGHTS = {"noise": 100.0, "batch": 0.1, "scale": 1.0}
"""The weights that None stands for; for noise with σ = .05 it is as R1 + R2 with γ = 2·100·σ² = .5."""


class VarianceRegularizer(Regularizer):
    """Penalize a variance V of the discriminator f, which stands in for ‖∇f‖² without a double backward.

    A reconstruction of the variance-based regularization of Scale-GAN (arXiv 2410.20780), whose
    formula is not known to us; its readings are the functions of this module, with u what the
    discriminator sees:

    - ``noise``: V = E_u Var_ε f(u + σε) = σ²·E‖∇f‖² + O(σ⁴), `noise_variance`: two more passes for
      real and two for fake. With `every` above 1 it costs that much less often.
    - ``batch``: V = Var f over the minibatch, `batch_variance`: no more passes. Poincaré:
      Var f ≤ C·E‖∇f‖². Where a batch is taken in parts, each part has a variance of its own; their
      mean is as unbiased, and not the same number.
    - ``scale``: V = E_x Var_s f(s·x, s), `scale_variance`: one more pass each; it penalizes the
      slope along the ray through x alone. Views behind the scaling stay as drawn.
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

    def check_context(self, context: RegularizerContext) -> None:
        """Refuse the reading `scale` where nothing before draws a scale."""
        if self.reading == "scale" and not any(isinstance(o, ScalingRegularizer) for o in context.before):
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
        scalings = [active for active in training.attached if isinstance(active, ActiveScaling)]
        if settings.reading == "scale" and not scalings:
            raise ValueError(SCALE_NEEDS)
        self._scaling = scalings[-1] if scalings else None

    def penalty(self, d: DiscriminatorPass) -> Tensor:
        """Return λ·V, a scalar."""
        parts = []
        if self._settings.where in ("real", "both"):
            parts.append(self._variance(d, d.real, lambda: d.real_logits))
        if self._settings.where in ("fake", "both"):
            parts.append(self._variance(d, d.fake, lambda: d.fake_logits))
        return self._weight * torch.stack(parts).sum()

    def _variance(self, d: DiscriminatorPass, batch: Batch, logits: Callable[[], Tensor]) -> Tensor:
        reading = self._settings.reading
        if reading == "batch":
            return batch_variance(logits())

        def discriminate(values: Tensor) -> Tensor:
            return d.discriminate(Batch(values, batch.labels, condition))

        condition, values = batch.condition, batch.values.detach()
        if reading == "noise":
            return noise_variance(discriminate, values, self._settings.sigma, self._random, d.rows).mean()
        assert self._scaling is not None
        column = self._scaling.column
        first = condition[:, column]
        second = d.rows.of(self._scaling.draw(d.rows.total)).to(first.dtype)
        columns = torch.arange(condition.shape[1], device=condition.device)
        condition = torch.where(columns == column, second[:, None], condition)
        return scale_variance(discriminate, scaled(values, 1 / first), first, second, logits()).mean()


def noise_variance(
    discriminate: Callable[[Tensor], Tensor],
    values: Tensor,
    sigma: float,
    random: torch.Generator,
    rows: Rows | None = None,
) -> Tensor:
    """Return unbiased estimates ½(f(u + σε₁) − f(u + σε₂))² of Var_ε f(u + σε), ``[N]``.

    Args:
        discriminate: f, from values ``[N, *shape]`` to logits ``[N]``; asked twice.
        values: u, ``[N, *shape]``.
        sigma: σ, in units of the values.
        random: where ε, standard normal, comes from.
        rows: which rows of a whole batch the values are; None: all. Noise is drawn for the whole.
    """
    rows = rows or Rows(0, len(values), len(values))

    def disturbed() -> Tensor:
        noise = torch.randn(rows.total, *values.shape[1:], generator=random, device=random.device)
        return values + sigma * rows.of(noise).to(values.dtype)

    return (discriminate(disturbed()) - discriminate(disturbed())).square() / 2


def batch_variance(logits: Tensor) -> Tensor:
    """Return the unbiased variance of logits ``[N]``, a scalar; 0 where N is 1."""
    # One sample alone has no variance to speak of.
    return logits.var() if len(logits) > 1 else logits.sum() * 0


def scale_variance(
    discriminate: Callable[[Tensor], Tensor],
    values: Tensor,
    first: Tensor,
    second: Tensor,
    logits: Tensor | None = None,
) -> Tensor:
    """Return unbiased estimates ½(f(s₁x) − f(s₂x))² of Var_s f(s·x), ``[N]``.

    Args:
        discriminate: f, from values ``[N, *shape]`` to logits ``[N]``.
        values: x, unscaled, ``[N, *shape]``.
        first: s₁, ``[N]``.
        second: s₂, ``[N]``, drawn apart from the same law.
        logits: f(s₁x), ``[N]``, where they are at hand: `discriminate` is then asked for s₂x alone,
            and may tell f that scale.
    """
    if logits is None:
        logits = discriminate(scaled(values, first))
    return (logits - discriminate(scaled(values, second))).square() / 2
