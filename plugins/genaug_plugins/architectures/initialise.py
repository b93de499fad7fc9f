"""Initial weights that preserve the standard deviation of a signal from layer to layer."""

import math
from typing import Protocol, TypeVar

from torch import Tensor, nn

SLOPE = 0.2
"""Slope of the leaky rectifiers below zero."""
GAIN = math.sqrt(2 / (1 + SLOPE**2))
"""Gain that compensates for a leaky rectifier (He et al. 2015, arXiv 1502.01852)."""


class Weighted(Protocol):
    """A layer with a weight, and a bias or None."""

    @property
    def weight(self) -> Tensor: ...
    @property
    def bias(self) -> Tensor | None: ...


Layer = TypeVar("Layer", bound=Weighted)


def initialised(layer: Layer, fan_in: int, gain: float) -> Layer:
    """Initialize a layer with normal weights and a bias of zero, and return it.

    Args:
        layer: the layer; its weights are drawn from torch's global generator.
        fan_in: number of products in the sum for one output value.
        gain: standard deviation of the output for an input of standard deviation 1.
    """
    nn.init.normal_(layer.weight, std=gain * fan_in**-0.5)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
