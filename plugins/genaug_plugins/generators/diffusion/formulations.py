"""Formulations of diffusion: how noise is added, what the network predicts, and the noise levels."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import torch
from torch import Tensor

from genaug_plugins.generators.diffusion.config import FormulationName


@dataclass(frozen=True)
class Level:
    """A noise level, x = α·x₀ + σ·ε with ε ~ N(0, 1).

    Attributes:
        time: t, as the formulation counts it; unused where sigma is 0.
        alpha, sigma: α ≥ 0 and σ ≥ 0.
    """

    time: float
    alpha: float
    sigma: float


DATA = Level(0.0, 1.0, 0.0)
"""The level without noise."""


class Formulation(ABC):
    """Base class of formulations.

    They have x_t = α(t)·x₀ + σ(t)·ε, and a network F that estimates
    x̂₀ = c_skip(t)·x_t + c_out(t)·F(c_in(t)·x_t, c_noise(t)).

    The loss is E‖F − a(t)·x₀ − b(t)·ε‖², where F = a·x₀ + b·ε is the output that makes x̂₀ = x₀. Times are
    float32 tensors; all coefficients have their shape.
    """

    name: FormulationName

    @abstractmethod
    def alpha(self, t: Tensor) -> Tensor:
        """Return α(t)."""

    @abstractmethod
    def sigma(self, t: Tensor) -> Tensor:
        """Return σ(t)."""

    @abstractmethod
    def draw(self, count: int, random: torch.Generator) -> Tensor:
        """Return times of a training batch, ``[count]``, on the generator's device."""

    @abstractmethod
    def skip(self, t: Tensor) -> Tensor:
        """Return c_skip(t)."""

    @abstractmethod
    def out(self, t: Tensor) -> Tensor:
        """Return c_out(t)."""

    def into(self, t: Tensor) -> Tensor:
        """Return c_in(t)."""
        return torch.ones_like(t)

    @abstractmethod
    def noise(self, t: Tensor) -> Tensor:
        """Return c_noise(t), about 0 to 1."""

    @abstractmethod
    def target(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return a(t) and b(t) of the target a·x₀ + b·ε."""

    @abstractmethod
    def times(self, steps: int, strength: float) -> list[float]:
        """Return the decreasing times at which the network is evaluated, from strength's on.

        Args:
            steps: number of times from pure noise, 1 or more; of a lower strength this share of them.
            strength: in (0, 1]; 1 is pure noise, and otherwise σ/α = strength / (1 − strength) at the first
                time.
        """

    def levels(self, steps: int, strength: float = 1.0) -> list[Level]:
        """Return the levels of a sampler, the last without noise; see `times`."""
        t = torch.tensor(self.times(steps, strength), dtype=torch.float32)
        found = zip(t.tolist(), self.alpha(t).tolist(), self.sigma(t).tolist(), strict=True)
        return [*(Level(*values) for values in found), DATA]


@dataclass(frozen=True)
class Flow(Formulation):
    """Flow matching on straight paths: x_t = (1 − t)·x₀ + t·ε, and F predicts the velocity ε − x₀.

    Lipman et al. 2023 (arXiv 2210.02747), Liu et al. 2023 (arXiv 2209.03003). Times of training are
    logit-normal, t = 1 / (1 + e^−u), u ~ N(0, 1) (Esser et al. 2024, arXiv 2403.03206).
    """

    name = "flow"

    def alpha(self, t: Tensor) -> Tensor:
        """Return 1 − t."""
        return 1 - t

    def sigma(self, t: Tensor) -> Tensor:
        """Return t."""
        return t

    def draw(self, count: int, random: torch.Generator) -> Tensor:
        """Return logit-normal times."""
        return torch.randn(count, generator=random, device=random.device).sigmoid()

    def skip(self, t: Tensor) -> Tensor:
        """Return 1: x̂₀ = x_t − t·F."""
        return torch.ones_like(t)

    def out(self, t: Tensor) -> Tensor:
        """Return −t."""
        return -t

    def noise(self, t: Tensor) -> Tensor:
        """Return t."""
        return t

    def target(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return the velocity ε − x₀."""
        return -torch.ones_like(t), torch.ones_like(t)

    def times(self, steps: int, strength: float) -> list[float]:
        """Return equally spaced times from t = strength on."""
        count = _share(steps, strength)
        return [strength * (count - i) / count for i in range(count)]


@dataclass(frozen=True)
class Edm(Formulation):
    """The formulation of Karras et al. 2022 (arXiv 2206.00364): x_σ = x₀ + σ·ε, preconditioned; t is σ.

    ln σ ~ N(−1.2, 1.2²) in training; levels of sampling from σ = 80 to 0.002 with ρ = 7 (their table 1).

    Attributes:
        data: σ_data, the root mean square of the data.
    """

    name = "edm"
    data: float
    lowest: float = 0.002
    highest: float = 80.0
    rho: float = 7.0

    def alpha(self, t: Tensor) -> Tensor:
        """Return 1."""
        return torch.ones_like(t)

    def sigma(self, t: Tensor) -> Tensor:
        """Return σ."""
        return t

    def draw(self, count: int, random: torch.Generator) -> Tensor:
        """Return log-normal σ."""
        return (1.2 * torch.randn(count, generator=random, device=random.device) - 1.2).exp()

    def skip(self, t: Tensor) -> Tensor:
        """Return σ_data² / (σ² + σ_data²)."""
        return self.data**2 / (t**2 + self.data**2)

    def out(self, t: Tensor) -> Tensor:
        """Return σ·σ_data / √(σ² + σ_data²)."""
        return t * self.data / (t**2 + self.data**2).sqrt()

    def into(self, t: Tensor) -> Tensor:
        """Return 1 / √(σ² + σ_data²)."""
        return 1 / (t**2 + self.data**2).sqrt()

    def noise(self, t: Tensor) -> Tensor:
        """Return ln σ between 0 at the lowest and 1 at the highest level."""
        low, high = math.log(self.lowest), math.log(self.highest)
        return (t.log() - low) / (high - low)

    def target(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return (x₀ − c_skip·x_σ) / c_out = (σ·x₀ / σ_data − σ_data·ε) / √(σ² + σ_data²)."""
        norm = (t**2 + self.data**2).sqrt()
        return t / (self.data * norm), -self.data / norm

    def times(self, steps: int, strength: float) -> list[float]:
        """Return (σ_start^1/ρ + i / (n − 1)·(σ_min^1/ρ − σ_start^1/ρ))^ρ, i = 0 … n − 1."""
        start = self.highest
        if strength < 1:
            start = min(max(strength / (1 - strength), self.lowest), self.highest)
        count = _share(steps, strength)
        first, last = start ** (1 / self.rho), self.lowest ** (1 / self.rho)
        if count == 1:
            return [start]
        return [(first + i / (count - 1) * (last - first)) ** self.rho for i in range(count)]


@dataclass(frozen=True)
class Ddpm(Formulation):
    """Denoising diffusion in discrete time, t = 0 … T − 1: x_t = √ᾱ_t·x₀ + √(1 − ᾱ_t)·ε.

    Ho et al. 2020 (arXiv 2006.11239) with the cosine schedule of Nichol & Dhariwal 2021 (arXiv 2102.09672),
    as diffusers computes it. F predicts v = √ᾱ_t·ε − √(1 − ᾱ_t)·x₀ (Salimans & Ho 2022, arXiv 2202.00512),
    from which x̂₀ follows at every level; from the noise alone it does not at the highest ones.

    Attributes:
        count: T.
    """

    name = "ddpm"
    count: int = 1000

    @cached_property
    def products(self) -> Tensor:
        """Return ᾱ, float32 ``[T]``."""
        from diffusers import DDPMScheduler

        schedule = cast(Any, DDPMScheduler)(num_train_timesteps=self.count, beta_schedule="squaredcos_cap_v2")
        products: Tensor = schedule.alphas_cumprod
        return products

    def alpha(self, t: Tensor) -> Tensor:
        """Return √ᾱ_t."""
        return self._products(t).sqrt()

    def sigma(self, t: Tensor) -> Tensor:
        """Return √(1 − ᾱ_t)."""
        return (1 - self._products(t)).sqrt()

    def draw(self, count: int, random: torch.Generator) -> Tensor:
        """Return uniform times."""
        return torch.randint(self.count, (count,), generator=random, device=random.device).float()

    def skip(self, t: Tensor) -> Tensor:
        """Return √ᾱ_t: x̂₀ = √ᾱ_t·x_t − √(1 − ᾱ_t)·F."""
        return self.alpha(t)

    def out(self, t: Tensor) -> Tensor:
        """Return −√(1 − ᾱ_t)."""
        return -self.sigma(t)

    def noise(self, t: Tensor) -> Tensor:
        """Return t / T."""
        return t / self.count

    def target(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return v = √ᾱ_t·ε − √(1 − ᾱ_t)·x₀."""
        return -self.sigma(t), self.alpha(t)

    def times(self, steps: int, strength: float) -> list[float]:
        """Return equally spaced whole times down to 0."""
        first = self.count - 1
        if strength < 1:
            ratios = ((1 - self.products) / self.products).sqrt()
            first = int(torch.argmin((ratios - strength / (1 - strength)).abs()))
        count = min(_share(steps, strength), first + 1)
        if count == 1:
            return [float(first)]
        return [float(round(first * (1 - i / (count - 1)))) for i in range(count)]

    def _products(self, t: Tensor) -> Tensor:
        return self.products.to(t.device)[t.long()]


def _share(steps: int, strength: float) -> int:
    return max(1, round(steps * strength))


def formulation(name: FormulationName, data: float) -> Formulation:
    """Return a formulation by name.

    Args:
        name: its name.
        data: σ_data of `Edm`, above 0.
    """
    if name == "flow":
        return Flow()
    return Edm(data) if name == "edm" else Ddpm()
