"""Normalization modulated by latent and class."""

from typing import Literal

import torch
from torch import Tensor, nn

from genaug_plugins.architectures.initialise import initialised

Over = Literal["sample", "batch"]


class Modulation(nn.Module):
    """Normalize features, then scale and shift each channel by linear functions of a code.

    Self-modulation (Chen et al. 2019, arXiv 1810.01365); over batches and with a class in the code it is the
    conditional batch normalization of BigGAN (Brock et al. 2019, arXiv 1809.11096).

    Args:
        code_dim: length of a code.
        width: channels of the features.
        over: what is normalized: each sample, or each channel over the batch, with running statistics
            in evaluation mode.
    """

    def __init__(self, code_dim: int, width: int, over: Over = "sample") -> None:
        super().__init__()
        self.normalize: nn.Module = (
            nn.GroupNorm(1, width, affine=False) if over == "sample" else nn.BatchNorm2d(width, affine=False)
        )
        self.scale_and_shift = initialised(nn.Linear(code_dim, 2 * width), code_dim, 0.1)

    def forward(self, h: Tensor, code: Tensor) -> Tensor:
        """Return features of the shape of `h`, ``[N, F, *]``, for codes ``[N, Z]``."""
        affine = self.scale_and_shift(code)  # [N, 2F]
        scale, shift = affine.view(*affine.shape, *[1] * (h.dim() - 2)).chunk(2, dim=1)
        return torch.addcmul(shift, self.normalize(h), 1 + scale)
