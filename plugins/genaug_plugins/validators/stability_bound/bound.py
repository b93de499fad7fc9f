"""The stability bound of generative augmentation: its terms as functions of the amount of synthetic data."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import xlogy

Doubles = NDArray[np.float64]

SOURCE = (
    "bound of Zheng, Wu and Li (NeurIPS 2023, arXiv 2305.17476) as quoted in the literature; qualitative; "
    "constants are hidden; not a certified number"
)
"""Source and limits of the bound, quoted with each of its values."""
FARTHEST = 1e6
"""Largest number of synthetic samples considered, in multiples of the real ones."""
_GRID = 2000


@dataclass(frozen=True)
class Stability:
    """The change of a loss by one of m training samples: ``β(m) = β₁·m^(−p)``.

    Attributes:
        scale: β₁, at least 0.
        exponent: p in [0, 1]. 1 is what regularized convex learners have (Bousquet & Elisseeff 2002).
    """

    scale: float
    exponent: float = 1.0

    @classmethod
    def through(cls, m: float, beta: float, exponent: float = 1.0) -> Stability:
        """Return the law that has the value `beta` at m samples."""
        return cls(beta * m**exponent, exponent)

    def __call__(self, m: ArrayLike) -> Doubles:
        """Return β at ``m`` samples."""
        return np.asarray(self.scale * np.asarray(m, dtype=np.float64) ** -self.exponent)


@dataclass(frozen=True)
class Terms:
    """The terms of the bound at some numbers of synthetic samples, each with the shape of those.

    Attributes:
        divergence: ``(m_G/m_T)·M·d_TV``: the error of the generator's distribution.
        concentration: ``[M(√m_S + √m_G) + m_S·√m_G·β]/m_T·√log(1/δ)``: chance.
        stability: ``β·(m_S·log m_S + m_G·log m_G)/m_T``: the learner's dependence on one sample.
        generator_at_most: ``m_S·log m_S·M/m_T``, the term of the generator's own stability for T = 1.
    """

    divergence: Doubles
    concentration: Doubles
    stability: Doubles
    generator_at_most: Doubles

    @property
    def total(self) -> Doubles:
        """Return the sum for T = 0: a generator that does not depend on any single training sample."""
        return self.divergence + self.concentration + self.stability

    def by_name(self) -> dict[str, Doubles]:
        """Return the terms that `total` sums up."""
        names = ("divergence", "concentration", "stability")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Bound:
    """The quantities of the bound, except for the number of synthetic samples.

    With m_S real and m_G synthetic samples, m_T = m_S + m_G, up to constants and with probability 1 − δ::

        |Gen| ≲ (m_G/m_T)·M·d_TV(D, D_G(S))
                + [M(√m_S + √m_G) + m_S·√m_G·β(m_T)]/m_T · √log(1/δ)
                + [β(m_T)(m_S log m_S + m_G log m_G) + m_S log m_S · M · T(m_S, m_G)]/m_T

    (Zheng, Wu & Li, NeurIPS 2023, arXiv 2305.17476). T, the change of the distribution of all m_G synthetic
    samples when one training sample of the generator is replaced, is in [0, 1] and cannot be measured
    without fitting the generator again: it is left out, and its term for T = 1 is reported separately.

    Attributes:
        real: m_S, at least 1.
        divergence: d_TV between real and synthetic labelled samples, in [0, 1].
        stability: β.
        loss_bound: M, an upper bound of the loss.
        delta: δ in (0, 1).
    """

    real: int
    divergence: float
    stability: Stability
    loss_bound: float = 1.0
    delta: float = 0.05

    def at(self, synthetic: ArrayLike) -> Terms:
        """Return the terms for numbers of synthetic samples, each 0 or at least 1."""
        s, g = float(self.real), np.asarray(synthetic, dtype=np.float64)
        m, M, beta = s + g, self.loss_bound, self.stability(s + g)
        return Terms(
            divergence=g / m * M * self.divergence,
            concentration=(M * (math.sqrt(s) + np.sqrt(g)) + s * np.sqrt(g) * beta) / m * self._chance,
            stability=beta * (xlogy(s, s) + xlogy(g, g)) / m,
            generator_at_most=np.where(g > 0, M * s * math.log(s) / m, 0.0),
        )

    def total(self, synthetic: ArrayLike) -> Doubles:
        """Return the bound for numbers of synthetic samples, without the generator's own stability."""
        return self.at(synthetic).total

    def slope(self, synthetic: ArrayLike) -> Doubles:
        """Return the derivative of `total` by m_G, for m_G of at least 1."""
        s, g = float(self.real), np.asarray(synthetic, dtype=np.float64)
        m, M, beta, root = s + g, self.loss_bound, self.stability(s + g), np.sqrt(g)
        falls = -self.stability.exponent * beta / m  # β'
        above = m * self.total(g)  # the bound is above / m
        rises = (
            M * self.divergence
            + self._chance * ((M + s * beta) / (2 * root) + s * root * falls)
            + falls * (xlogy(s, s) + xlogy(g, g))
            + beta * (np.log(g) + 1)
        )
        return np.asarray(rises / m - above / m**2)

    def turns(self) -> tuple[tuple[float, str], ...]:
        """Return each m_G at which the slope changes its sign, and ``peak`` or ``valley``.

        Searched between 1 and `FARTHEST` times the real samples. Beyond a valley more synthetic samples
        raise the bound; beyond a peak they lower it.
        """
        grid = self._grid()
        slopes = self.slope(grid)
        found = []
        for i in np.flatnonzero(np.sign(slopes[:-1]) * np.sign(slopes[1:]) < 0):
            at = brentq(lambda g: float(self.slope(g)), grid[i], grid[i + 1], xtol=1e-9)
            found.append((float(at), "peak" if slopes[i] > 0 else "valley"))
        return tuple(found)

    def break_even(self) -> float | None:
        """Return the smallest m_G of at least 1 with a bound no larger than that of real data alone.

        None if there is none up to `FARTHEST` times the real samples.
        Without β it is ``m_S / (1 − M·d_TV/b)²`` with ``b = M·√(log(1/δ)/m_S)``, the bound without
        synthetic samples, and there is none for M·d_TV ≥ b.
        """
        alone = float(self.total(0.0))
        grid = self._grid()
        above = self.total(grid) - alone
        below = np.flatnonzero(above <= 0)
        if not len(below):
            return None
        i = int(below[0])
        if i == 0:
            return float(grid[0])
        return float(brentq(lambda g: float(self.total(g)) - alone, grid[i - 1], grid[i]))

    def limit(self) -> float:
        """Return the limit of the bound as m_G grows: M·d_TV, or infinity where β does not fall."""
        if self.stability.scale > 0 and self.stability.exponent == 0:
            return math.inf
        return self.loss_bound * self.divergence

    @property
    def _chance(self) -> float:
        return math.sqrt(math.log(1 / self.delta))

    def _grid(self) -> Doubles:
        return np.geomspace(1.0, FARTHEST * self.real, _GRID)
