"""The three readings of `variance`: estimates of the discriminator's variance."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from genaug import ActiveRegularizer, Training
from genaug.adversarial import Batch, DiscriminatorPass
from genaug.training.rows import Rows
from genaug_plugins.regularizers.active_scaling import scaled

WEIGHTS = {"noise": 100.0, "batch": 0.1, "scale": 1.0}
"""The default weights; that of noise with σ = .05 is equivalent to R1 + R2 with γ = 2·100·σ² = .5."""


class ActiveVariance(ActiveRegularizer):
    """Penalty on the discriminator's variance in one training.

    Args:
        training: the training that it belongs to.
        reading: ``noise``, ``batch`` or ``scale``.
        weight: λ; None: the default of the reading.
        sigma: reading noise: standard deviation of the noise.
        where: ``real``, ``fake`` or ``both``.
        every: steps between two penalties.

    Raises:
        ValueError: if the reading is `scale` and no scaling is attached before.
    """

    def __init__(
        self, training: Training, *, reading: str, weight: float | None, sigma: float, where: str, every: int
    ) -> None:
        self._random, self._reading, self._sigma, self._where = training.random, reading, sigma, where
        self._weight = WEIGHTS[reading] if weight is None else weight
        self.every = every
        scalings = [active for active in training.attached if active.scale_column is not None]
        if reading == "scale" and not scalings:
            raise ValueError("variance with reading `scale` needs a scaling regularizer before it")
        self._scaling = scalings[-1] if scalings else None

    def penalty(self, d: DiscriminatorPass) -> Tensor:
        """Return λ·V, a scalar."""
        parts = []
        if self._where in ("real", "both"):
            parts.append(self._variance(d, d.real, lambda: d.real_logits))
        if self._where in ("fake", "both"):
            parts.append(self._variance(d, d.fake, lambda: d.fake_logits))
        return self._weight * torch.stack(parts).sum()

    def _variance(self, d: DiscriminatorPass, batch: Batch, logits: Callable[[], Tensor]) -> Tensor:
        if self._reading == "batch":
            return batch_variance(logits())

        def discriminate(values: Tensor) -> Tensor:
            return d.discriminate(Batch(values, batch.labels, condition))

        condition, values = batch.condition, batch.values.detach()
        if self._reading == "noise":
            return noise_variance(discriminate, values, self._sigma, self._random, d.rows).mean()
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
        random: source of ε, which is standard normal.
        rows: the rows of the batch that the values are; None: all. Noise is drawn for the entire batch.
    """
    rows = rows or Rows(0, len(values), len(values))

    def disturbed() -> Tensor:
        noise = torch.randn(rows.total, *values.shape[1:], generator=random, device=random.device)
        return values + sigma * rows.of(noise).to(values.dtype)

    return (discriminate(disturbed()) - discriminate(disturbed())).square() / 2


def batch_variance(logits: Tensor) -> Tensor:
    """Return the unbiased variance of logits ``[N]``, a scalar; 0 where N is 1."""
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
        second: s₂, ``[N]``, drawn independently from the same distribution.
        logits: f(s₁x), ``[N]``; if given, `discriminate` is called for s₂x only, and may use s₂ as its
            condition. None: they are computed.
    """
    if logits is None:
        logits = discriminate(scaled(values, first))
    return (logits - discriminate(scaled(values, second))).square() / 2
