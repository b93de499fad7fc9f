"""The Fréchet distance between two sets of features, each taken for a Gaussian."""

from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray

from genaug_plugins.metrics.distances import Doubles
from genaug_plugins.metrics.features import checked_pair

_TRUSTED_ERROR = 1e-9
"""Largest error, as a share of the distance, at which the quick route's value is taken."""


def frechet_distance(real: ArrayLike, fake: ArrayLike) -> float:
    """Measure ``‖μ₁ − μ₂‖² + Tr(S₁ + S₂ − 2(S₁S₂)^½)`` (Heusel et al. 2017), covariances with ddof 1.

    Symmetric; 0 for equal sets. With few samples it is biased upwards: below 2,048 lead with the
    kernel distance.

    Tr(S₁S₂)^½ is computed by one of two routes, both in float64:

    - Both sets larger than D: S₁ = LLᵀ, and the trace is Σ√λ of the symmetric LᵀS₂L.
    - Else, or where a covariance is singular or so ill-conditioned that √λ would lose digits: with
      S = FᵀF, (F: centred samples over √(n−1), or the triangle of their QR where n > D), the trace
      is the nuclear norm of F₁F₂ᵀ, exact for every rank.

    Args:
        real: ``[N, D]``, N ≥ 2.
        fake: ``[M, D]``, M ≥ 2.

    Raises:
        DataError: where features are not finite, differ in D, or either set has fewer than 2 samples.
    """
    real, fake = checked_pair(real, fake, at_least=2)
    shift = real.mean(axis=0, dtype=np.float64) - fake.mean(axis=0, dtype=np.float64)
    x, y = _factor(real), _factor(fake)
    own = float(shift @ shift + np.sum(x * x) + np.sum(y * y))

    # A column that is constant in either set adds nothing to S₁S₂'s trace; extractors have dead units.
    alive = x.any(axis=0) & y.any(axis=0)
    if not alive.any():  # e.g. a generator that makes one sample only
        return own
    x, y = x[:, alive], y[:, alive]
    if min(len(x), len(y)) > x.shape[1]:
        trace, error = _cholesky_trace(x, y)
        if 2 * error <= _TRUSTED_ERROR * (own - 2 * trace):
            return own - 2 * trace
    return max(0.0, own - 2 * _nuclear_trace(x, y))


def _factor(features: NDArray[Any]) -> Doubles:
    """Return F with FᵀF = S, ``[N, D]``."""
    centred: Doubles = features - features.mean(axis=0, dtype=np.float64)
    centred /= np.sqrt(len(features) - 1)
    return centred


def _cholesky_trace(x: Doubles, y: Doubles) -> tuple[float, float]:
    """Return Tr(S₁S₂)^½ and an estimate of its error: infinite where S₁ has no Cholesky factor."""
    try:
        lower = np.linalg.cholesky(x.T @ x)
    except np.linalg.LinAlgError:
        return 0.0, np.inf
    product = lower.T @ (y.T @ y) @ lower
    eigenvalues = scipy.linalg.eigvalsh(product, overwrite_a=True, check_finite=False)
    if eigenvalues[0] <= 0:
        return 0.0, np.inf
    roots = np.sqrt(eigenvalues)
    # Each λ is off by about eps·λ_max, and √λ therefore by that over 2√λ.
    error = np.finfo(np.float64).eps * eigenvalues[-1] * np.sum(0.5 / roots)
    return float(roots.sum()), float(error)


def _nuclear_trace(x: Doubles, y: Doubles) -> float:
    """Return Tr(S₁S₂)^½ as the sum of the singular values of F₁F₂ᵀ."""
    x, y = _shortened(x), _shortened(y)
    return float(np.linalg.svd(x @ y.T, compute_uv=False).sum())


def _shortened(factor: Doubles) -> Doubles:
    """Return a factor of the same S with at most D rows."""
    return np.asarray(np.linalg.qr(factor, mode="r")) if len(factor) > factor.shape[1] else factor
