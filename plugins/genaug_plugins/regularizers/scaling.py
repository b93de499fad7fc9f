"""Scale-GAN's data scaling: real and fake are shown at a random scale that is told."""

from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar, Literal

import torch
from pydantic import Field, model_validator
from torch import Tensor

from genaug import ActiveRegularizer, Regularizer, Training
from genaug.data.discriminator_pass import Batch, DiscriminatorPass


class ScalingRegularizer(Regularizer):
    """Show the discriminator s·x and s, for real and fake alike, with s drawn anew for each sample.

    A reconstruction of the data scaling of Scale-GAN (arXiv 2410.20780), whose law of s is not
    known to us. Law ``diffusion`` reads it off its parent Diffusion-GAN (arXiv 2206.02262): s = √ᾱ_t
    with β linear from 1e-4 to 2e-2 over the current T, and T adapted so that r = E sign f(real)
    stays near a target. With `noise` = σ it is Diffusion-GAN: s·x + √(1 − s²)·σ·ε. As s > 0 is
    known to the discriminator, matching the scaled distributions matches the originals: nothing
    is unscaled at generation.
    """

    name: ClassVar[str] = "scaling"

    law: Literal["diffusion", "uniform", "log-uniform", "constant"] = "diffusion"
    """How s is drawn: √ᾱ_t with adaptive T, uniform or log-uniform on [s_min, 1], or always s_min."""
    s_min: float = Field(default=0.1, gt=0, le=1)
    """Smallest scale; under law diffusion √ᾱ_t is cut off there (.006 leaves every T up to 1000 whole)."""
    half_clean: bool = True
    """Keep half of every batch, chosen at random, at s = 1."""
    noise: float = Field(default=0.0, ge=0)
    """Standard deviation σ of the noise of Diffusion-GAN, .05 there; 0: scaling alone."""
    priority: bool = True
    """Law diffusion: draw t with weight ∝ t; else uniformly from 1 … T."""
    t_min: int = Field(default=10, ge=1)
    """Law diffusion: smallest T, where the training starts."""
    t_max: int = Field(default=1000, ge=1)
    """Law diffusion: largest T."""
    target: float = Field(default=0.6, ge=-1, le=1)
    """Law diffusion: T grows while E sign f(real) is above this, and shrinks while it is below."""
    adapt_every: int = Field(default=4, ge=1)
    """Law diffusion: steps between two moves of T."""
    adapt_kimg: float = Field(default=100.0, gt=0)
    """Law diffusion: thousands of real samples in which T can go from t_min to t_max."""

    @model_validator(mode="after")
    def _ordered(self) -> "ScalingRegularizer":
        if self.t_min > self.t_max:
            raise ValueError(f"t_min ({self.t_min}) must not be above t_max ({self.t_max})")
        return self

    def attach(self, training: Training) -> "ActiveScaling":
        """Return the view with its controller."""
        return ActiveScaling(self, training)


class ActiveScaling(ActiveRegularizer):
    """Scale the batches of one training.

    Attributes:
        column: which column of the condition holds s.
        p: position of the controller in [0, 1]: T = t_min + round(p·(t_max − t_min)).
    """

    condition_dim = 1

    def __init__(self, settings: ScalingRegularizer, training: Training) -> None:
        self._settings = settings
        self._random = training.random
        self.column = training.condition_dim
        self.p = 0.0
        self._signs: list[float] = []
        # As far as one move goes, so that adapt_kimg thousand samples cross [0, 1].
        self._move = training.batch_size * settings.adapt_every / (settings.adapt_kimg * 1000)
        self._draw: Callable[[int], Tensor] = {
            "diffusion": self._diffusion,
            "uniform": self._uniform,
            "log-uniform": self._log_uniform,
            "constant": self._constant,
        }[settings.law]

    @property
    def reach(self) -> int:
        """Return T, how many diffusion steps the law reaches at present."""
        s = self._settings
        return s.t_min + round(self.p * (s.t_max - s.t_min))

    def draw(self, count: int) -> Tensor:
        """Return scales ``[count]`` in [s_min, 1], each drawn from the whole law."""
        # A draw is a float32 product or power: it may leave the interval by a rounding.
        scales = self._draw(count).clamp(self._settings.s_min, 1.0)
        if self._settings.half_clean:
            clean = torch.randperm(count, generator=self._random, device=self._random.device) < count // 2
            scales = torch.where(clean, 1.0, scales)
        return scales

    def view(self, batch: Batch) -> Batch:
        """Return s·x (plus noise) with s as a further column of the condition."""
        scales = self.draw(len(batch.values)).to(batch.values.dtype)
        s = spread(scales, batch.values)
        values = s * batch.values
        if self._settings.noise:
            noise = gaussian_like(values, self._random)
            values = values + (1 - s.square()).clamp_min(0).sqrt() * self._settings.noise * noise
        return Batch(values, batch.labels, torch.cat([batch.condition, scales[:, None]], dim=1))

    def observe(self, d: DiscriminatorPass) -> None:
        """Move T: p ← clip(p + sign(r − target) · move, 0, 1), with r = E sign f(real)."""
        if self._settings.law != "diffusion":
            return
        self._signs.append(float(d.real_logits.detach().sign().mean()))
        if len(self._signs) == self._settings.adapt_every:
            r = sum(self._signs) / len(self._signs)
            direction = (r > self._settings.target) - (r < self._settings.target)
            self.p = min(max(self.p + direction * self._move, 0.0), 1.0)
            self._signs.clear()

    def logs(self) -> dict[str, float]:
        """Return the controller's T."""
        return {"T": float(self.reach)} if self._settings.law == "diffusion" else {}

    def state(self) -> dict[str, Any]:
        """Return the controller's position and what it saw since its last move."""
        return {"p": self.p, "signs": list(self._signs)}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a `state`."""
        self.p, self._signs = state["p"], list(state["signs"])

    def _rand(self, count: int) -> Tensor:
        return torch.rand(count, generator=self._random, device=self._random.device)

    def _diffusion(self, count: int) -> Tensor:
        T = self.reach
        u = self._rand(count)
        if self._settings.priority:
            # P(t ≤ k) = k(k + 1) / (T(T + 1)): the weights ∝ t, inverted.
            t = ((1 + 4 * u.double() * T * (T + 1)).sqrt() - 1).div(2).ceil()
        else:
            t = (u.double() * T).floor() + 1
        return signal_scales(T).to(u.device)[t.long().clamp(1, T) - 1]

    def _uniform(self, count: int) -> Tensor:
        low = self._settings.s_min
        return low + (1 - low) * self._rand(count)

    def _log_uniform(self, count: int) -> Tensor:
        return self._settings.s_min ** self._rand(count)

    def _constant(self, count: int) -> Tensor:
        return torch.full((count,), self._settings.s_min, device=self._random.device)


@cache
def signal_scales(T: int) -> Tensor:
    """Return √ᾱ_t for t = 1 … T, float32 ``[T]``, with β linear from 1e-4 to 2e-2 over T."""
    beta = torch.linspace(1e-4, 2e-2, T, dtype=torch.float64)
    return torch.cumprod(1 - beta, dim=0).sqrt().float()


def spread(scales: Tensor, values: Tensor) -> Tensor:
    """Return scales ``[N]`` with axes of length 1 behind, to multiply values ``[N, *shape]``."""
    return scales.reshape(-1, *[1] * (values.dim() - 1))


def gaussian_like(values: Tensor, random: torch.Generator) -> Tensor:
    """Return standard normal noise of the shape, type and device of `values`."""
    return torch.randn(values.shape, generator=random, dtype=values.dtype, device=values.device)
