"""StyleGAN2's discriminator: residual blocks, the deviation within the minibatch, a projection."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from genaug_plugins.architectures.blur import Blur
from genaug_plugins.architectures.equalized import EqualizedConv, EqualizedLinear
from genaug_plugins.architectures.initialise import GAIN, SLOPE
from genaug_plugins.architectures.minibatch_deviation import minibatch_deviation
from genaug_plugins.architectures.projection import ProjectionHead
from genaug_plugins.architectures.square_images import COARSEST

HALF = 2**-0.5
"""Gain of each of two summands, so that their sum has the standard deviation of one of them."""


class FromImage(nn.Module):
    """Map images ``[N, C, S, S]`` to features ``[N, F, S, S]``."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.conv = EqualizedConv(channels, width, 1, gain=GAIN)

    def forward(self, values: Tensor) -> Tensor:
        """Return ``[N, F, S, S]``."""
        return leaky_relu(self.conv(values), SLOPE)


class ResidualHalving(nn.Module):
    """Map features ``[N, F, S, S]`` to ``[N, G, S/2, S/2]``: (convolutions + shortcut) / √2."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = EqualizedConv(inputs, inputs, 3, gain=GAIN)
        self.blur = Blur(inputs, padding=2)
        self.down = EqualizedConv(inputs, outputs, 3, stride=2, padding=0, gain=GAIN * HALF)
        self.halve = Blur(inputs, padding=1, stride=2)
        self.shortcut = EqualizedConv(inputs, outputs, 1, gain=HALF, bias=False)

    def forward(self, h: Tensor) -> Tensor:
        """Return ``[N, G, S/2, S/2]``."""
        main = leaky_relu(self.conv(h), SLOPE)
        main = leaky_relu(self.down(self.blur(main)), SLOPE)
        shortcut: Tensor = self.shortcut(self.halve(h))
        return main + shortcut


class Coarsest(nn.Module):
    """Map features ``[N, F, 4, 4]`` to ``[N, F]``, with the deviation of a sample's group as a feature."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = EqualizedConv(width + 1, width, 3, gain=GAIN)
        self.dense = EqualizedLinear(width * COARSEST**2, width, gain=GAIN)

    def forward(self, h: Tensor) -> Tensor:
        """Return ``[N, F]``."""
        h = torch.cat([h, minibatch_deviation(h)], dim=1)
        h = leaky_relu(self.conv(h), SLOPE)
        return leaky_relu(self.dense(h.flatten(1)), SLOPE)


class Stylegan2Discriminator(nn.Module):
    """Map images ``[N, C, S, S]``, labels ``[N]`` and a condition ``[N, K]`` to logits ``[N]``.

    A logit depends on the other samples of its group, by the deviation within the minibatch. So does the
    gradient of the summed logits with respect to one sample, as in the paper's training.

    Args:
        channels: C.
        widths: channels at 4×4, 8×8, … up to the full size.
        classes: number of classes; with one the network is unconditional.
        condition_dim: K.
    """

    def __init__(self, channels: int, widths: list[int], classes: int, condition_dim: int) -> None:
        super().__init__()
        self.first = FromImage(channels, widths[-1])
        self.blocks = nn.ModuleList(ResidualHalving(fine, coarse) for fine, coarse in pairwise(widths[::-1]))
        self.coarsest = Coarsest(widths[0])
        self.head = ProjectionHead(widths[0], classes, condition_dim)

    @property
    def stages(self) -> list[nn.Module]:
        """Return the modules in their order from input to output."""
        return [self.first, *self.blocks, self.coarsest, self.head]

    def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        """Return logits ``[N]``."""
        h = self.first(values)
        for block in self.blocks:
            h = block(h)
        logits: Tensor = self.head(self.coarsest(h), labels, condition)
        return logits
