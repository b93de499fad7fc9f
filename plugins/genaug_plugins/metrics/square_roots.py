"""Tr(S₁S₂)^½ of two covariances: a fast method that estimates its error, and one for every rank."""

import numpy as np
import scipy.linalg
from scipy.linalg import lapack

from genaug_plugins.metrics.moments import Doubles

_EPS = float(np.finfo(np.float64).eps)


def root_sum(symmetric: Doubles) -> tuple[float, float]:
    """Return Σ√λ of a symmetric matrix, which is overwritten, and an estimate of its error.

    Only the lower triangle is read. The error of each λ is about eps·λ_max, that of √λ therefore
    eps·λ_max/(2√λ); it is infinite if a λ is not positive.
    """
    eigenvalues = scipy.linalg.eigvalsh(symmetric, lower=True, overwrite_a=True, check_finite=False)
    if eigenvalues[0] <= 0:
        return 0.0, np.inf
    roots = np.sqrt(eigenvalues)
    return float(roots.sum()), float(_EPS * eigenvalues[-1] * np.sum(0.5 / roots))


def quick_trace(s1: Doubles, s2: Doubles) -> tuple[float, float]:
    """Return the trace as Σ√λ of LᵀS₂L, with S₁ = LLᵀ, and an estimate of its error.

    The error is infinite if S₁ has no Cholesky factor.
    """
    lower, failed = lapack.dpotrf(s1.T, lower=1, clean=0)
    if failed:
        return 0.0, np.inf
    # One routine forms LᵀS₂L, computing one triangle only: half the work of two products.
    product, _ = lapack.dsygst(s2.T, lower, itype=2, lower=1)
    return root_sum(product)


def nuclear_trace(f1: Doubles, f2: Doubles) -> float:
    """Return the trace as the sum of the singular values of F₁F₂ᵀ, where S = FᵀF, for every rank.

    It does not square the condition number: three times slower than Σ√λ, but accurate to rounding.
    """
    return float(scipy.linalg.svdvals(f1 @ f2.T, overwrite_a=True, check_finite=False).sum())


def root_of(s: Doubles, rank: int) -> Doubles:
    """Return F with FᵀF = S, ``[r, D]``, r ≤ `rank`: the pivoted Cholesky factor (Higham 1990).

    Pivots below D·eps of the largest variance are rounding errors and are left out.
    """
    upper, pivots, found, _ = lapack.dpstrf(s, tol=-1.0, lower=0)
    root = np.empty((min(found, rank), len(s)))
    root[:, pivots - 1] = np.triu(upper)[: len(root)]
    return root
