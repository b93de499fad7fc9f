"""Denoising diffusion in discrete time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import torch
from torch import Tensor

from genaug_plugins.generators.diffusion.formulation import Formulation, count_of


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
        count = min(count_of(steps, strength), first + 1)
        if count == 1:
            return [float(first)]
        return [float(round(first * (1 - i / (count - 1)))) for i in range(count)]

    def _products(self, t: Tensor) -> Tensor:
        return self.products.to(t.device)[t.long()]
