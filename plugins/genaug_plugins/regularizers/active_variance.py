"""The three readings of `variance`: estimates of the discriminator's variance."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from genaug import ActiveRegularizer, Training
from genaug.adversarial import Batch, DiscriminatorPass
from genaug.training.rows import Rows
from genaug_plugins.regularizers.active_scaling import scaled

if TYPE_CHECKING:
    from genaug_plugins.regularizers.variance import VarianceRegularizer

WEIGHTS = {"noise": 100.0, "batch": 0.1, "scale": 1.0}
"""The weights that None stands for; for noise with σ = .05 it is as R1 + R2 with γ = 2·100·σ² = .5."""


class ActiveVariance(ActiveRegularizer):
    """Penalize the discriminator's variance in one training."""

    def __init__(self, settings: VarianceRegularizer, training: Training) -> None:
        self._settings = settings
        self._random = training.random
        self._weight = WEIGHTS[settings.reading] if settings.weight is None else settings.weight
        self.every = settings.every
        scalings = [active for active in training.attached if active.scale_column is not None]
        if settings.reading == "scale" and not scalings:
            raise ValueError("variance with reading `scale` needs a scaling regularizer before it")
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
        column = self._scaling.scale_column
        assert column is not None
        first = condition[:, column]
        second = d.rows.of(self._scaling.draw_scales(d.rows.total)).to(first.dtype)
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
        discriminate: f, from values ``[N, *shape]`` to logits ``[N]``; called twice.
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
        second: s₂, ``[N]``, drawn separately from the same law.
        logits: f(s₁x), ``[N]``, where they are known: `discriminate` is then called for s₂x alone,
            and may use that scale as its condition.
    """
    if logits is None:
        logits = discriminate(scaled(values, first))
    return (logits - discriminate(scaled(values, second))).square() / 2
