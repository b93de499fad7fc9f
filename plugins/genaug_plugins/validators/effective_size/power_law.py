"""Learning curves as power laws: their fit, and their inverse (the number of samples of an error)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from genaug.errors import DataError

Doubles = NDArray[np.float64]

STEEPEST, SHALLOWEST = 3.0, 0.05
"""Range of the exponents."""
_GRID = np.geomspace(SHALLOWEST, STEEPEST, 40)


@dataclass(frozen=True)
class PowerLaw:
    """The power law ``err(m) = a·m^(−c) + b`` with a ≥ 0, b ≥ 0 and c in [`SHALLOWEST`, `STEEPEST`]."""

    a: float
    c: float
    b: float

    def __call__(self, m: Doubles | float) -> Doubles:
        """Return the error with m samples."""
        return np.asarray(self.a * np.asarray(m, dtype=np.float64) ** -self.c + self.b)

    def samples_for(self, error: float) -> float:
        """Return the number of samples with that error: infinity at b and below; 0 above a flat curve."""
        if error <= self.b:
            return float("inf")
        if self.a == 0:
            return 0.0
        return float(((error - self.b) / self.a) ** (-1 / self.c))


def fit_through_last(sizes: Doubles, errors: Doubles) -> PowerLaw:
    """Fit a power law by least squares that goes through the last point.

    Anchored there, ``err(m) − err(m_last) = a·(m^(−c) − m_last^(−c))``, so that the best a for each c is
    known in closed form, clipped so that the curve does not rise and b is not negative; c is searched on a
    grid, and then by Brent's method (scipy) beside the best of the grid.

    Args:
        sizes: ``[k]``, rising, at least 1; k at least 3, so that a and c are determined.
        errors: ``[k]``, at least 0.

    Raises:
        DataError: where there are fewer than 3 sizes, or they do not rise.
    """
    m, e = np.asarray(sizes, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    if len(m) < 3 or len(m) != len(e) or (np.diff(m) <= 0).any():
        raise DataError(f"a learning curve needs 3 rising sizes with an error each, not {m.tolist()}")
    falls = e[:-1] - e[-1]

    def at(c: float) -> tuple[float, float]:
        """Return the best a for this c, and the sum of squared residuals."""
        shape = (m[:-1] / m[-1]) ** -c - 1  # in units of a·m_last^−c, of which b ≥ 0 leaves e_last at most
        height = float(np.clip(shape @ falls / (shape @ shape), 0.0, e[-1]))
        return height * m[-1] ** c, float(((falls - height * shape) ** 2).sum())

    left = [at(c)[1] for c in _GRID]
    best = int(np.argmin(left))
    ends = (_GRID[max(best - 1, 0)], _GRID[min(best + 1, len(_GRID) - 1)])
    found = minimize_scalar(lambda c: at(c)[1], bounds=ends, method="bounded")
    c = float(found.x) if found.fun < left[best] else float(_GRID[best])
    a = at(c)[0]
    return PowerLaw(float(a), c, max(0.0, float(e[-1] - a * m[-1] ** -c)))
