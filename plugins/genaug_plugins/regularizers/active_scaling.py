"""The laws of `scaling`, its controller, and what the discriminator sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from genaug import ActiveRegularizer, Training
from genaug.adversarial import Batch, Logits

if TYPE_CHECKING:
    from genaug_plugins.regularizers.scaling import Law, ScalingRegularizer


class ActiveScaling(ActiveRegularizer):
    """Scale the batches of one training.

    The controller's position is p in [0, 1]: T = t_min + round(p·(t_max − t_min)).
    """

    condition_dim = 1

    def __init__(self, settings: ScalingRegularizer, training: Training) -> None:
        self._settings = settings
        law = ("law", "s_min", "half_clean", "priority")
        self._law = {name: value for name, value in settings if name in law}
        self._random = training.random
        self.scale_column = training.condition_dim
        # As far as one move goes, so that adapt_kimg thousand samples cross [0, 1].
        self._move = training.batch_size * settings.adapt_every / (settings.adapt_kimg * 1000)
        self._signs = torch.zeros((), dtype=torch.float64, device=training.random.device)  # summed
        self._seen = 0  # steps since the last move
        self._move_to(torch.zeros_like(self._signs))

    def draw_scales(self, count: int) -> Tensor:
        """Return scales ``[count]`` in [s_min, 1]."""
        return draw_scales(count=count, random=self._random, T=self._T, table=self._table, **self._law)

    def augment(self, batch: Batch) -> Batch:
        """Return s·x with s as a further column of the condition."""
        return self._at(batch, self.draw_scales(len(batch.values)).to(batch.values.dtype))

    def clean(self, batch: Batch) -> Batch:
        """Return x with s = 1; under law constant without half_clean s_min, the one scale it knows."""
        s = (
            self._settings.s_min
            if self._settings.law == "constant" and not self._settings.half_clean
            else 1.0
        )
        return self._at(batch, batch.values.new_full((len(batch.values),), s))

    def _at(self, batch: Batch, scales: Tensor) -> Batch:
        condition = torch.cat([batch.condition, scales[:, None]], dim=1)
        return Batch(scaled(batch.values, scales), batch.labels, condition)

    def observe(self, logits: Logits) -> None:
        """Move T: p ← clip(p + sign(r − target) · move, 0, 1), with r = E sign f(real)."""
        if self._settings.law != "diffusion":
            return
        self._signs = self._signs + logits.real.sign().double().mean()
        self._seen += 1
        if self._seen == self._settings.adapt_every:
            direction = (self._signs / self._seen - self._settings.target).sign()
            self._move_to((self._p + direction * self._move).clamp(0, 1))
            self._signs, self._seen = torch.zeros_like(self._signs), 0

    def logs(self) -> dict[str, float]:
        """Return the controller's T."""
        return {"T": float(self._T)} if self._settings.law == "diffusion" else {}

    def state(self) -> dict[str, Any]:
        """Return the controller's position and what it saw since its last move."""
        return {"p": float(self._p), "signs": float(self._signs), "seen": self._seen}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a `state`."""
        self._signs = torch.full_like(self._signs, state["signs"])
        self._seen = state["seen"]
        self._move_to(torch.full_like(self._p, state["p"]))

    def _move_to(self, p: Tensor) -> None:
        s = self._settings
        self._p = p
        self._T = s.t_min + (p * (s.t_max - s.t_min)).round()
        self._table = signal_scales(self._T, s.t_max)


def draw_scales(
    law: Law,
    count: int,
    random: torch.Generator,
    *,
    s_min: float = 0.1,
    half_clean: bool = False,
    priority: bool = True,
    T: int | Tensor = 1000,
    table: Tensor | None = None,
) -> Tensor:
    """Return scales ``[count]`` in [s_min, 1], float32 on the device of `random`.

    Args:
        law: one of the laws of `ScalingRegularizer`.
        count: how many.
        random: where all randomness comes from.
        s_min: smallest scale.
        half_clean: put half of them, chosen at random, to 1.
        priority: law diffusion: draw t with weight ∝ t; else uniformly.
        T: law diffusion: largest t, an integer, or a tensor of no axes that is not waited for.
        table: law diffusion: `signal_scales` of T, where it is known.
    """
    u = torch.rand(count, generator=random, device=random.device)
    if law == "uniform":
        scales = s_min + (1 - s_min) * u
    elif law == "log-uniform":
        scales = s_min**u
    elif law == "constant":
        scales = torch.full_like(u, s_min)
    else:
        # P(t ≤ k) is k(k + 1) / (T(T + 1)) for weights ∝ t and k / T for equal ones, inverted.
        u = u.double()
        t = ((1 + 4 * u * T * (T + 1)).sqrt() - 1) / 2 if priority else u * T
        scales = (signal_scales(T) if table is None else table)[t.ceil().clamp(min=1).long() - 1]
    scales = scales.clamp(s_min, 1.0)  # a rounding may have left the interval
    if half_clean:
        clean = torch.randperm(count, generator=random, device=random.device) < count // 2
        scales = torch.where(clean, 1.0, scales)
    return scales


def signal_scales(T: int | Tensor, longest: int | None = None) -> Tensor:
    """Return √ᾱ_t for t = 1 … T, float32 ``[T]``: ᾱ_t = Π (1 − β_i), β linear from 1e-4 to 2e-2 over T.

    Args:
        T: 1 or more; a tensor of no axes is not waited for where `longest` is given.
        longest: length of what is returned, at least T; beyond T the values stay as they are there.
    """
    T = torch.as_tensor(T)
    i = torch.arange(int(T) if longest is None else longest, dtype=torch.float64, device=T.device)
    beta = 1e-4 + (2e-2 - 1e-4) * i / (T - 1).clamp(min=1)
    return torch.cumprod(torch.where(i < T, 1 - beta, 1.0), dim=0).sqrt().float()


def scaled(values: Tensor, scales: Tensor) -> Tensor:
    """Return s·x, ``[N, *shape]``, of values ``[N, *shape]`` and scales ``[N]``."""
    return values * scales.reshape(-1, *[1] * (values.dim() - 1))
