"""Flow matching on straight paths."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from genaug_plugins.generators.diffusion.formulation import Formulation, count_of


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
        count = count_of(steps, strength)
        return [strength * (count - i) / count for i in range(count)]
