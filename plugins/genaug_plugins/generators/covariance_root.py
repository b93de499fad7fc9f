"""The root of a covariance matrix, which generators multiply standard normal latents by."""

import numpy as np
from numpy.typing import NDArray


def covariance_root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return L with L·Lᵀ = covariance ``[Z, Z]``, from its eigenvalues, some of which may be 0."""
    values, vectors = np.linalg.eigh(covariance)
    root: NDArray[np.float64] = vectors * np.sqrt(np.clip(values, 0, None))
    return root
