"""Noise that a generator may add to its features, for detail that no latent has to explain."""

import torch
from torch import Tensor, nn


class Noise(nn.Module):
    """Add one map of normal noise to all channels of ``[N, F, S, S]``, with a learned strength.

    While training, a map is drawn anew for each sample, from torch's global generator; training
    that is split over processes or parts draws others than an undivided one. In evaluation mode it
    is one fixed map, drawn when the layer was made: nothing is random then, and features keep the
    statistics that the following layers learned on, which they would lose with no noise at all.

    Args:
        size: S.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("fixed", torch.randn(1, 1, size, size))

    def forward(self, h: Tensor) -> Tensor:
        """Return features of the shape of `h`."""
        noise = torch.randn_like(h[:, :1]) if self.training else self.get_buffer("fixed").to(h.dtype)
        return h + noise * self.strength.to(h.dtype)
