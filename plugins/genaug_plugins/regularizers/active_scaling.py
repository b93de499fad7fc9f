"""The laws of `scaling`, and the scaling of batches."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from genaug import ActiveRegularizer, Training
from genaug.adversarial import Batch, Logits
from genaug_plugins.regularizers.sign_controller import SignController


class ActiveScaling(ActiveRegularizer):
    """Scaling of samples in one training.

    Args:
        training: the training that it belongs to.
        controller: of p in [0, 1], on which T of law diffusion depends: T = t_min + round(p·(t_max − t_min)).
        law, s_min, half_clean, priority: of the scales, see `draw_scales`.
        t_min, t_max: law diffusion: smallest and largest T.
    """

    condition_dim = 1

    def __init__(
        self,
        training: Training,
        controller: SignController,
        *,
        law: str,
        s_min: float,
        half_clean: bool,
        priority: bool,
        t_min: int,
        t_max: int,
    ) -> None:
        self._random, self._controller = training.random, controller
        self._law, self._s_min, self._half_clean, self._priority = law, s_min, half_clean, priority
        self._t_min, self._t_max = t_min, t_max
        self.scale_column = training.condition_dim
        self._set_t()

    def draw_scales(self, count: int) -> Tensor:
        """Return scales ``[count]`` in [s_min, 1]."""
        return draw_scales(
            self._law,
            count,
            self._random,
            s_min=self._s_min,
            half_clean=self._half_clean,
            priority=self._priority,
            T=self._T,
            table=self._table,
        )

    def augment(self, batch: Batch) -> Batch:
        """Return s·x, with s appended to the condition."""
        return self._scaled(batch, self.draw_scales(len(batch.values)).to(batch.values.dtype))

    def clean(self, batch: Batch) -> Batch:
        """Return x with s = 1; under law constant without half_clean s_min·x, the only scale in training."""
        s = self._s_min if self._law == "constant" and not self._half_clean else 1.0
        return self._scaled(batch, batch.values.new_full((len(batch.values),), s))

    def _scaled(self, batch: Batch, scales: Tensor) -> Batch:
        condition = torch.cat([batch.condition, scales[:, None]], dim=1)
        return Batch(scaled(batch.values, scales), batch.labels, condition)

    def observe(self, logits: Logits) -> None:
        """Move T, under law diffusion."""
        if self._law == "diffusion" and self._controller.observe(logits):
            self._set_t()

    def logs(self) -> dict[str, float]:
        """Return T, under law diffusion."""
        return {"T": float(self._T)} if self._law == "diffusion" else {}

    def state(self) -> dict[str, Any]:
        """Return the state of the controller."""
        return self._controller.state()

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a `state`."""
        self._controller.restore(state)
        self._set_t()

    def _set_t(self) -> None:
        self._T = self._t_min + (self._controller.p * (self._t_max - self._t_min)).round()
        self._table = signal_scales(self._T, self._t_max)


def draw_scales(
    law: str,
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
        law: ``diffusion``, ``uniform``, ``log-uniform`` or ``constant``, see `ScalingRegularizer`.
        count: number of scales.
        random: source of all randomness.
        s_min: smallest scale.
        half_clean: set half of them, chosen at random, to 1.
        priority: law diffusion: draw t with weight ∝ t; else uniformly.
        T: law diffusion: largest t, an integer or a scalar tensor, which is not synchronized with the CPU.
        table: law diffusion: `signal_scales` of T; None: it is computed.
    """
    u = torch.rand(count, generator=random, device=random.device)
    if law == "uniform":
        scales = s_min + (1 - s_min) * u
    elif law == "log-uniform":
        scales = s_min**u
    elif law == "constant":
        scales = torch.full_like(u, s_min)
    else:
        # The inverse of P(t ≤ k), which is k(k + 1) / (T(T + 1)) for weights ∝ t and k / T for equal ones.
        u = u.double()
        t = ((1 + 4 * u * T * (T + 1)).sqrt() - 1) / 2 if priority else u * T
        scales = (signal_scales(T) if table is None else table)[t.ceil().clamp(min=1).long() - 1]
    scales = scales.clamp(s_min, 1.0)  # rounding may exceed the interval
    if half_clean:
        clean = torch.randperm(count, generator=random, device=random.device) < count // 2
        scales = torch.where(clean, 1.0, scales)
    return scales


def signal_scales(T: int | Tensor, longest: int | None = None) -> Tensor:
    """Return √ᾱ_t for t = 1 … T, float32 ``[T]``: ᾱ_t = Π (1 − β_i), β linear from 1e-4 to 2e-2 over T.

    Args:
        T: 1 or more; a scalar tensor is not synchronized with the CPU if `longest` is given.
        longest: length of the result, T or more; the values beyond T equal that at T. None: T.
    """
    T = torch.as_tensor(T)
    i = torch.arange(int(T) if longest is None else longest, dtype=torch.float64, device=T.device)
    beta = 1e-4 + (2e-2 - 1e-4) * i / (T - 1).clamp(min=1)
    return torch.cumprod(torch.where(i < T, 1 - beta, 1.0), dim=0).sqrt().float()


def scaled(values: Tensor, scales: Tensor) -> Tensor:
    """Return s·x, ``[N, *shape]``, of values ``[N, *shape]`` and scales ``[N]``."""
    return values * scales.reshape(-1, *[1] * (values.dim() - 1))
