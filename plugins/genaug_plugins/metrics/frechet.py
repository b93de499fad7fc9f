"""The Fréchet distance between two sets of features, each approximated by a Gaussian."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from genaug.errors import DataError
from genaug_plugins.metrics.features import checked_rows_pair
from genaug_plugins.metrics.moments import Doubles, Moments
from genaug_plugins.metrics.rows import Rows
from genaug_plugins.metrics.square_roots import nuclear_trace, quick_trace, root_of, root_sum

_TRUSTED_ERROR = 1e-9
"""Largest error, as a share of the distance, at which the fast method's value is accepted."""
_ROUNDING = 8 * float(np.finfo(np.float64).eps)
"""Rounding error of the subtraction of two equal traces, as a share of them: the limit of every method."""
_CONSTANT = 16 * float(np.finfo(np.float64).eps)
"""A column with a smaller ratio of spread to mean varies only by rounding."""


def frechet_distance(real: ArrayLike | Tensor, fake: ArrayLike | Tensor) -> float:
    """Measure ``‖μ₁ − μ₂‖² + Tr(S₁ + S₂ − 2(S₁S₂)^½)`` (Heusel et al. 2017), covariances with ddof 1.

    Symmetric; 0 for equal sets. With few samples it is biased upwards: below 2,048 prefer the kernel
    distance, or see `genaug_plugins.metrics.frechet_infinity`.

    Computed in float64 for any input type. Tr(S₁S₂)^½ is Σ√λ of a symmetric matrix: of LᵀS₂L with S₁ = LLᵀ;
    if a set has no more samples than dimensions, of FS₂Fᵀ with S₁ = FᵀF, F ``[N − 1, D]`` computed from the
    samples. If a covariance is singular or so ill-conditioned that √λ would lose digits, by an estimate of
    that loss, it is the sum of the singular values of F₁F₂ᵀ instead.

    Args:
        real: ``[N, D]``, N ≥ 2; array, tensor or memory map.
        fake: ``[M, D]``, M ≥ 2.

    Raises:
        DataError: where features are not finite, differ in D, or either set has fewer than 2 samples.
    """
    return frechet_of_rows(*checked_rows_pair(real, fake, at_least=2))


def frechet_of_rows(real: Rows, fake: Rows) -> float:
    """Measure `frechet_distance` of rows that are already checked."""
    return _distance(_Gaussian.of_rows(real), _Gaussian.of_rows(fake))


def frechet_between(real: Moments, fake: Moments) -> float:
    """Measure `frechet_distance` between sets given by their moments.

    Raises:
        DataError: if the two differ in D, or either set has fewer than 2 samples.
    """
    if len(real.mean) != len(fake.mean):
        raise DataError(
            f"real moments have {len(real.mean)} dimensions and fake ones {len(fake.mean)}: "
            "both must come from one extractor"
        )
    return _distance(_Gaussian.of_moments(real), _Gaussian.of_moments(fake))


@dataclass(frozen=True, eq=False)
class _Gaussian:
    """The moments of a set.

    Attributes:
        mean: float64 ``[D]``.
        variances: float64 ``[D]``.
        covariance: S, float64 ``[D, D]``; None for no more samples than dimensions.
        few: then F, float64 ``[N − 1, D]`` with FᵀF = S; otherwise None.
        rank: at most that of S.
    """

    mean: Doubles
    variances: Doubles
    covariance: Doubles | None
    few: Doubles | None
    rank: int

    @staticmethod
    def of_moments(moments: Moments) -> "_Gaussian":
        covariance = moments.covariance
        return _Gaussian(moments.mean, np.diag(covariance), covariance, None, moments.count - 1)

    @staticmethod
    def of_rows(rows: Rows) -> "_Gaussian":
        n, d = len(rows), rows.dimensions
        if n > d:
            return _Gaussian.of_moments(Moments.of_rows(rows))
        values = rows.block(slice(0, n)).to("cpu", torch.float64, copy=True).numpy()
        mean = values.mean(axis=0)
        values -= mean
        # F [N - 1, D] with FᵀF = S: centred rows sum to 0, so FFᵀ of all N is singular. The reflection that
        # maps (1 … 1) to the first axis makes the first row 0 and preserves FᵀF.
        few = values[1:]
        few -= values[0] / (np.sqrt(n) + 1)
        few /= np.sqrt(n - 1)
        return _Gaussian(mean, np.einsum("nd,nd->d", few, few), None, few, n - 1)

    def varies(self) -> NDArray[np.bool_]:
        """Return which dimensions vary by more than rounding, ``[D]``."""
        return np.asarray(self.variances > np.square(_CONSTANT * self.mean))

    def among(self, columns: NDArray[np.intp]) -> "_Gaussian":
        """Return the marginal of some dimensions."""
        return _Gaussian(
            self.mean[columns],
            self.variances[columns],
            None if self.covariance is None else self.covariance[np.ix_(columns, columns)],
            None if self.few is None else self.few[:, columns],
            self.rank,
        )

    def factor(self) -> Doubles:
        """Return F with FᵀF = S."""
        if self.few is not None:
            return self.few
        assert self.covariance is not None
        return root_of(self.covariance, self.rank)


def _distance(a: _Gaussian, b: _Gaussian) -> float:
    shift = a.mean - b.mean
    own = float(shift @ shift + a.variances.sum() + b.variances.sum())
    # A column that is constant in either set adds nothing to the trace of S₁S₂; extractors have such dead
    # units.
    alive = a.varies() & b.varies()
    if not alive.any():  # e.g. a generator that makes one sample only
        return own
    if not alive.all():
        columns = np.flatnonzero(alive)
        a, b = a.among(columns), b.among(columns)
    trace, error = _trace_by_eigenvalues(a, b)
    if 2 * error > max(_TRUSTED_ERROR * (own - 2 * trace), _ROUNDING * own):
        trace = nuclear_trace(a.factor(), b.factor())
    return max(0.0, own - 2 * trace)


def _trace_by_eigenvalues(a: _Gaussian, b: _Gaussian) -> tuple[float, float]:
    """Return Tr(S₁S₂)^½ by eigenvalues, and an estimate of its error."""
    if a.few is None and b.few is not None:
        a, b = b, a
    if a.few is None:
        assert a.covariance is not None
        assert b.covariance is not None
        return quick_trace(a.covariance, b.covariance)
    if b.few is None:
        assert b.covariance is not None
        return root_sum(a.few @ b.covariance @ a.few.T)
    product = a.few @ b.few.T if len(a.few) <= len(b.few) else b.few @ a.few.T
    return root_sum(product @ product.T)
