"""FastGAN's discriminator: residual blocks that halve, and a logit for each of 5×5 patches."""

from itertools import pairwise

from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, leaky_relu

from genaug_plugins.architectures.initialise import GAIN, SLOPE, initialised
from genaug_plugins.architectures.projection import ProjectionHead

HALF = 2**-0.5
"""Gain of each of two summands, so that their sum has the standard deviation of one of them."""


class FromImage(nn.Module):
    """Map images ``[N, C, S, S]`` to features ``[N, F, S, S]``."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.conv = initialised(nn.Conv2d(channels, width, 3, padding=1), 9 * channels, GAIN)

    def forward(self, values: Tensor) -> Tensor:
        """Return ``[N, F, S, S]``."""
        return leaky_relu(self.conv(values), SLOPE)


class TwoWayHalving(nn.Module):
    """Map features ``[N, F, S, S]`` to ``[N, G, S/2, S/2]``: (convolutions + pooled) / √2."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.down = initialised(nn.Conv2d(inputs, outputs, 4, stride=2, padding=1), 16 * inputs, GAIN)
        self.conv = initialised(nn.Conv2d(outputs, outputs, 3, padding=1), 9 * outputs, GAIN)
        self.direct = initialised(nn.Conv2d(inputs, outputs, 1), inputs, GAIN)

    def forward(self, h: Tensor) -> Tensor:
        """Return ``[N, G, S/2, S/2]``."""
        main = leaky_relu(self.conv(leaky_relu(self.down(h), SLOPE)), SLOPE)
        direct = leaky_relu(self.direct(avg_pool2d(h, 2)), SLOPE)
        return (main + direct) * HALF


class Patches(nn.Module):
    """Map features ``[N, F, 8, 8]`` to the mean ``[N, F]`` of the features of 5×5 patches.

    The head is linear in its features, so the logit of their mean is the mean of the patches' logits.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mix = initialised(nn.Conv2d(width, width, 1), width, GAIN)
        self.patch = initialised(nn.Conv2d(width, width, 4), 16 * width, GAIN)

    def forward(self, h: Tensor) -> Tensor:
        """Return ``[N, F]``."""
        h = leaky_relu(self.patch(leaky_relu(self.mix(h), SLOPE)), SLOPE)  # [N, F, 5, 5]
        return h.mean((2, 3))


class FastganDiscriminator(nn.Module):
    """Map images ``[N, C, S, S]``, labels ``[N]`` and a condition ``[N, K]`` to logits ``[N]``.

    Args:
        channels: C.
        widths: channels at 8×8, 16×16, … up to the full size.
        classes: number of classes; with one the network is unconditional.
        condition_dim: K.
    """

    def __init__(self, channels: int, widths: list[int], classes: int, condition_dim: int) -> None:
        super().__init__()
        self.first = FromImage(channels, widths[-1])
        self.blocks = nn.ModuleList(TwoWayHalving(fine, coarse) for fine, coarse in pairwise(widths[::-1]))
        self.patches = Patches(widths[0])
        self.head = ProjectionHead(widths[0], classes, condition_dim)

    @property
    def stages(self) -> list[nn.Module]:
        """Return the modules in their order from input to output."""
        return [self.first, *self.blocks, self.patches, self.head]

    def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        """Return logits ``[N]``."""
        h = self.first(values)
        for block in self.blocks:
            h = block(h)
        logits: Tensor = self.head(self.patches(h), labels, condition)
        return logits
