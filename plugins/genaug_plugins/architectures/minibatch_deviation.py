"""The deviation within a minibatch, as a feature of the discriminator."""

import torch
from torch import Tensor

GROUP = 4
"""Samples of a group."""
EPSILON = 1e-8
"""Added inside the root, so that its derivative is finite if all samples of a group are equal."""


def minibatch_deviation(h: Tensor) -> Tensor:
    """Return the mean standard deviation of the features within a sample's group, as an additional feature.

    σ(n) = mean over features i of √(Var_{m in the group of n} h_mi + ε), the same for all samples
    of a group (Karras et al. 2018, arXiv 1710.10196; groups as in arXiv 1912.04958). Sample n of N
    is in group n mod ⌊N / 4⌋, so that groups have 4 samples, or some more if 4 does not divide N;
    fewer than 8 samples are one group.

    Args:
        h: features ``[N, C, H, W]``.

    Returns:
        ``[N, 1, H, W]``, constant over H and W, in the precision of `h`.
    """
    count = len(h)
    group = torch.arange(count, device=h.device) % max(count // GROUP, 1)
    # Differences of nearly equal features need the full precision.
    with torch.autocast(h.device.type, enabled=False):
        flat = h.flatten(1).to(torch.promote_types(h.dtype, torch.float32))  # [N, P]
        together = (group[:, None] == group).to(flat.dtype)
        mean_of_group = together / together.sum(1, keepdim=True)  # [N, N]
        variance = mean_of_group @ (flat - mean_of_group @ flat).square()  # [N, P]
        deviation = (variance + EPSILON).sqrt().mean(1)  # [N]
    return deviation.to(h.dtype)[:, None, None, None].expand(-1, 1, *h.shape[2:])
