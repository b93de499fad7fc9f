"""The non-saturating losses of Goodfellow et al. 2014 (arXiv 1406.2661), in softplus form."""

from torch import Tensor
from torch.nn.functional import softplus


def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Return E softplus(−f(real)) + E softplus(f(fake)), a scalar; both logits are ``[N]``."""
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


def generator_loss(fake_logits: Tensor) -> Tensor:
    """Return E softplus(−f(fake)), a scalar; the logits are ``[N]``."""
    return softplus(-fake_logits).mean()
