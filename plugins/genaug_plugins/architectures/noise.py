"""Noise added to a generator's features, for random detail that does not depend on the latent."""

import torch
from torch import Tensor, nn


class Noise(nn.Module):
    """Add a map of normal noise to all channels of ``[N, F, S, S]``, with a learned strength.

    In training mode a map is drawn for each sample from torch's global generator; a batch that is split over
    processes or parts has other maps than an undivided one. In evaluation mode all samples have the same
    map, drawn when the layer was made: nothing is random then, and features keep the statistics of the
    training, which they would not without noise.

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
