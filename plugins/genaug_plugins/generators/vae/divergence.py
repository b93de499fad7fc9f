"""The divergence between posterior and prior of a variational autoencoder."""

import torch
from torch import Tensor


def kl_by_dimension(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return KL(N(μ, σ²) ‖ N(0, 1)) = ½ (μ² + σ² − 1 − log σ²) of each dimension, in nats.

    Args:
        mean: μ, ``[N, Z]``.
        log_variance: log σ², ``[N, Z]``.

    Returns:
        ``[N, Z]``; at least 0. The sum over Z is the divergence of the diagonal Gaussians
        (Kingma & Welling 2014, arXiv 1312.6114, appendix B).
    """
    return 0.5 * (mean.square() + torch.expm1(log_variance) - log_variance)


def with_free_bits(kl: Tensor, free: float) -> Tensor:
    """Return Σ_j max(λ, mean over the batch of KL_j), a scalar in nats.

    A dimension that carries less than λ on average has no gradient, so it is not pressed to carry nothing
    (Kingma et al. 2016, arXiv 1606.04934, appendix C.8).

    Args:
        kl: of `kl_by_dimension`, ``[N, Z]``.
        free: λ, in nats for each dimension; 0: the divergence itself.
    """
    return kl.mean(dim=0).clamp_min(free).sum()
