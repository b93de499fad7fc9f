"""Spectral normalization: division of weights by their largest singular value."""

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize
from torch.nn.utils.parametrize import register_parametrization

FIRST_ITERATIONS = 10


class SpectralNorm(nn.Module):
    """Divide a weight by its largest singular value σ (Miyato et al. 2018, arXiv 1802.05957).

    W̄ = W / σ with σ = uᵀWv, W as a matrix ``[outputs, rest]``. Each use of the weight in training
    mode is one step of power iteration for the singular vectors u and v; in evaluation mode they do not
    change. σ is differentiated with u and v fixed, as in the paper.
    """

    u: Tensor
    v: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        u = torch.randn(len(weight), device=weight.device, dtype=weight.dtype)
        self.register_buffer("u", normalize(u, dim=0))
        self.register_buffer("v", torch.empty(0))
        for _ in range(FIRST_ITERATIONS):
            self._iterate(weight.detach().flatten(1))

    def forward(self, weight: Tensor) -> Tensor:
        """Return the normalized weight."""
        with torch.autocast(weight.device.type, enabled=False):  # σ in the weight's precision
            matrix = weight.flatten(1)
            if self.training:
                self._iterate(matrix.detach())
            sigma = torch.dot(self.u, torch.mv(matrix, self.v))
            return weight / sigma

    def _iterate(self, matrix: Tensor) -> None:
        # New tensors, not in-place changes: earlier graphs still need the old ones.
        self.v = normalize(torch.mv(matrix.t(), self.u), dim=0)
        self.u = normalize(torch.mv(matrix, self.v), dim=0)


def normalize_spectrally(network: nn.Module) -> None:
    """Normalize every weight of linear layers, convolutions and embeddings of a network from now on."""
    for layer in list(network.modules()):
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.Embedding):
            register_parametrization(layer, "weight", SpectralNorm(layer.weight))
