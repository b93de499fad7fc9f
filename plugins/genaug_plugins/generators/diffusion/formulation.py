"""The base class of formulations: how noise is added, what the network predicts, and the noise levels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

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


def count_of(steps: int, strength: float) -> int:
    """Return the number of evaluations from a strength on: this share of `steps`, at least 1."""
    return max(1, round(steps * strength))
