"""First weights that keep a signal's size from layer to layer."""

import math
from typing import Protocol, TypeVar

from torch import Tensor, nn

SLOPE = 0.2
"""Slope of the leaky rectifiers below zero."""
GAIN = math.sqrt(2 / (1 + SLOPE**2))
"""What a leaky rectifier takes from the size of a signal (He et al. 2015, arXiv 1502.01852)."""


class Weighted(Protocol):
    """Have a weight, and perhaps a bias."""

    @property
    def weight(self) -> Tensor: ...
    @property
    def bias(self) -> Tensor | None: ...


Layer = TypeVar("Layer", bound=Weighted)


def initialised(layer: Layer, fan_in: int, gain: float) -> Layer:
    """Return the layer with normal weights that scale the size of a signal by `gain`, and no bias.

    Args:
        layer: its weights are drawn anew from torch's global generator.
        fan_in: products that are summed to one value it gives.
        gain: size of what it gives, for a signal of size 1.
    """
    nn.init.normal_(layer.weight, std=gain * fan_in**-0.5)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
