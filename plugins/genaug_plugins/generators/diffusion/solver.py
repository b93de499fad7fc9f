"""The sampler of all formulations: from a noisy sample to the data, level by level."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from genaug_plugins.generators.diffusion.formulation import Level

Estimate = Callable[[Tensor, float], Tensor]
"""``(x [N, *shape], time) -> x̂₀``."""
Noise = Callable[[], Tensor]
"""Returns new standard normal noise ``[N, *shape]``."""


@dataclass(frozen=True)
class Known:
    """The known part of samples that are inpainted.

    Attributes:
        values: x₀ ``[N, *shape]``.
        made: bool, broadcasts with them: True where new values are made.
        repeats: how often each step is repeated, 1 or more, so that the new part agrees with the known one.
    """

    values: Tensor
    made: Tensor
    repeats: int = 1


def solve(
    estimate: Estimate,
    levels: Sequence[Level],
    x: Tensor,
    noise: Noise,
    *,
    stochastic: float = 0.0,
    known: Known | None = None,
) -> Tensor:
    """Return samples of the data, ``[N, *shape]``.

    Without noise it solves the probability-flow ODE by DPM-Solver++(2M) (Lu et al. 2022, arXiv 2211.01095),
    one estimate a level. Its first order, x' = α'·x̂₀ + σ'·ε̂ with ε̂ = (x − α·x̂₀) / σ, is DDIM in `ddpm`, and
    Euler's method in `flow` and `edm`. With noise it draws from the posterior
    q(x' | x, x̂₀) of the forward process, whose standard deviation is multiplied by `stochastic` (η of Song et
    al. 2021, arXiv 2010.02502). Known parts are replaced by the noisy source at each level, and steps are
    repeated from the level above (RePaint, Lugmayr et al. 2022, arXiv 2201.09865); both in first order.

    Args:
        estimate: x̂₀.
        levels: decreasing; the last is the data, with sigma 0.
        x: at the first level.
        noise: called in the same order for the same arguments.
        stochastic: η in [0, 1]; 0: deterministic, 1: DDPM's posterior.
        known: the known part; None: everything is made.
    """
    before: tuple[Tensor, float] | None = None  # x̂₀ at the last level, and the step h to this one
    for level, to in pairwise(levels):
        repeats = known.repeats if known is not None and to.sigma > 0 else 1
        for repeat in range(repeats):
            x0 = estimate(x, level.time)
            if known is not None or stochastic:
                made = _first_order(x, x0, level, to, stochastic, noise)
            else:
                h = _step(level, to)
                made = _second_order(x, x0, before, level, to, h)
                before = (x0, h)
            if known is not None:
                source = known.values
                if to.sigma:
                    source = to.alpha * source + to.sigma * noise()
                made = torch.where(known.made, made, source)
                if repeat < repeats - 1:  # back to the level above
                    ratio = level.alpha / to.alpha
                    made = ratio * made + math.sqrt(_added(level, to)) * noise()
            x = made
    return x


def invert(estimate: Estimate, levels: Sequence[Level], x0: Tensor) -> Tensor:
    """Return the noise from which `solve` would make samples, ``[N, *shape]``, in first order.

    The differential equation is solved from the data to the first level: x' = α'·x̂₀ + σ'·ε̂ at rising levels
    (the inversion of DDIM, Dhariwal & Nichol 2021, arXiv 2105.05233, appendix F).

    Args:
        estimate: x̂₀.
        levels: decreasing; the last is the data.
        x0: the data.
    """
    rising = list(reversed(levels[:-1]))
    x = rising[0].alpha * x0
    for level, to in pairwise(rising):
        x = _first_order(x, estimate(x, level.time), level, to, 0.0, lambda: x0)
    return x / levels[0].sigma


def _added(level: Level, to: Level) -> float:
    """Return the variance of the noise that the forward process adds between two levels, times 1."""
    return max(level.sigma**2 - (level.alpha / to.alpha * to.sigma) ** 2, 0.0)


def _first_order(x: Tensor, x0: Tensor, level: Level, to: Level, stochastic: float, noise: Noise) -> Tensor:
    epsilon = (x - level.alpha * x0) / level.sigma
    # The posterior's variance is σ'²·σ_{t|t'}² / σ², where σ_{t|t'}² is added between the levels.
    new = stochastic * to.sigma * math.sqrt(_added(level, to)) / level.sigma if stochastic else 0.0
    made = to.alpha * x0 + math.sqrt(max(to.sigma**2 - new**2, 0.0)) * epsilon
    return made + new * noise() if new else made


def _step(level: Level, to: Level) -> float:
    """Return h, the difference of λ = ln(α / σ)."""
    if to.sigma == 0 or level.alpha == 0:
        return math.inf
    return math.log(to.alpha / to.sigma) - math.log(level.alpha / level.sigma)


def _second_order(
    x: Tensor, x0: Tensor, before: tuple[Tensor, float] | None, level: Level, to: Level, h: float
) -> Tensor:
    """Return x' = (σ'/σ)·x − α'·(e^−h − 1)·D, D = x̂₀ + (x̂₀ − x̂₀_before) / 2r, r = h_before / h.

    The last step is of first order.
    """
    if to.sigma == 0:
        return x0
    if before is not None and math.isfinite(before[1]):
        x0 = x0 + (x0 - before[0]) * (h / (2 * before[1]))
    # −α'·(e^−h − 1) = α' − α·σ'/σ
    ratio = to.sigma / level.sigma
    return ratio * x + (to.alpha - level.alpha * ratio) * x0
