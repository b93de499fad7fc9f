"""The formulation of Karras et al. 2022."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from genaug_plugins.generators.diffusion.formulation import Formulation, count_of


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
        count = count_of(steps, strength)
        first, last = start ** (1 / self.rho), self.lowest ** (1 / self.rho)
        if count == 1:
            return [start]
        return [(first + i / (count - 1) * (last - first)) ** self.rho for i in range(count)]
