"""The code of a class that encoder and decoder are conditioned on."""

import torch
from torch import Tensor, nn

DIMENSIONS = 16


class ClassCode(nn.Module):
    """Map labels ``[N]`` to learned codes ``[N, E]``; E is 0 where there is one class only.

    Samples without a class (label -1) get the mean of all codes.

    Args:
        classes: number of classes.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.dim = DIMENSIONS if classes > 1 else 0
        self.codes = nn.Parameter(torch.randn(classes, self.dim)) if self.dim else None

    def forward(self, labels: Tensor) -> Tensor:
        """Return the codes."""
        if self.codes is None:
            return torch.zeros(len(labels), 0, device=labels.device)
        known = (labels >= 0)[:, None]
        return torch.where(known, self.codes[labels.clamp_min(0)], self.codes.mean(dim=0))
