"""The exponential moving average of a network's weights over the steps of its training."""

import copy

import torch
from torch import nn

RAMP = 0.1
"""At step t the half-life is at most RAMP·t, so that the weight of the random initial values is small."""


class EMA:
    """Exponential moving average of a network: θ̄ ← θ̄ + (1 − d)(θ − θ̄), with d = ½^(1 / half-life).

    As in Karras et al. 2018 (arXiv 1710.10196), but with a shorter half-life at first, see `RAMP`.

    Args:
        network: the network to average; buffers are copied, not averaged.
        half_life: steps after which a weight counts half; 0: no averaging.
    """

    def __init__(self, network: nn.Module, half_life: float) -> None:
        self._half_life = half_life
        self.network = copy.deepcopy(network).requires_grad_(False).eval()
        """The averaged network, in evaluation mode."""

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Update the average with the weights of the network after `step` steps, 1 or more."""
        half_life = min(self._half_life, RAMP * step)
        decay = 0.5 ** (1 / half_life) if half_life > 0 else 0.0
        torch._foreach_lerp_(list(self.network.parameters()), list(network.parameters()), 1 - decay)
        for buffer, now in zip(self.network.buffers(), network.buffers(), strict=True):
            buffer.copy_(now)
