"""FastGAN's generator: a gated convolution for each size, and skip-layer excitation."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, glu, interpolate, leaky_relu

from genaug_plugins.architectures.initialise import GAIN, SLOPE, initialised
from genaug_plugins.architectures.latent_code import class_embedding, code_dim, latent_code
from genaug_plugins.architectures.noise import Noise
from genaug_plugins.architectures.square_images import COARSEST

MOST_DOUBLINGS = 4
"""Maximum number of doublings between coarse features and those that they excite."""


class Excitation(nn.Module):
    """Scale the channels of fine features by coarse ones: y = F(x_low) · x_high (eq. 1 of the paper).

    F is pooling to 4×4, a 4×4 convolution, a leaky rectifier, a 1×1 convolution and a sigmoid.
    """

    def __init__(self, low: int, high: int) -> None:
        super().__init__()
        self.gather = initialised(nn.Conv2d(low, high, COARSEST), low * COARSEST**2, GAIN)
        self.mix = initialised(nn.Conv2d(high, high, 1), high, 1.0)

    def forward(self, x_low: Tensor, x_high: Tensor) -> Tensor:
        """Return ``[N, high, S, S]`` for ``[N, low, s, s]`` and ``[N, high, S, S]``."""
        pooled = avg_pool2d(x_low, x_low.shape[-1] // COARSEST)  # [N, low, 4, 4]
        gate = torch.sigmoid(self.mix(leaky_relu(self.gather(pooled), SLOPE)))  # [N, high, 1, 1]
        return x_high * gate


class GatedDoubling(nn.Module):
    """Map features ``[N, F, S, S]`` to ``[N, G, 2S, 2S]``: repeat pixels, convolve, add noise, gate.

    Args:
        inputs, outputs: channels, F and G.
        size: 2S.
        noise: whether to add noise.
    """

    def __init__(self, inputs: int, outputs: int, size: int, noise: bool) -> None:
        super().__init__()
        self.conv = initialised(nn.Conv2d(inputs, 2 * outputs, 3, padding=1, bias=False), 9 * inputs, 1.0)
        self.noise = Noise(size) if noise else None
        self.normalize = nn.GroupNorm(1, 2 * outputs)

    def forward(self, h: Tensor) -> Tensor:
        """Return ``[N, G, 2S, 2S]``."""
        h = self.conv(interpolate(h, scale_factor=2, mode="nearest"))
        if self.noise is not None:
            h = self.noise(h)
        return glu(self.normalize(h), dim=1)


class FastganGenerator(nn.Module):
    """Map latents ``[N, Z]`` and labels ``[N]`` to images ``[N, C, S, S]`` in [−1, 1].

    Args:
        channels: C.
        widths: channels at 4×4, 8×8, … up to the full size.
        classes: number of classes; with one the network is unconditional.
        latent_dim: Z.
        noise: whether layers add noise.
    """

    def __init__(self, channels: int, widths: list[int], classes: int, latent_dim: int, noise: bool) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.embedding = class_embedding(classes, latent_dim)
        code, coarsest = code_dim(classes, latent_dim), 2 * widths[0]
        self.start = initialised(nn.Linear(code, coarsest * COARSEST**2), code, 1.0)
        self.normalize = nn.GroupNorm(1, coarsest)
        self.ups = nn.ModuleList(
            GatedDoubling(before, width, COARSEST * 2**level, noise)
            for level, (before, width) in enumerate(pairwise(widths), start=1)
        )
        # From 128 pixels on as in the paper (4→64, 8→128, 16→256); in smaller images 8×8 excites the full
        # size.
        self._distance = max(1, min(MOST_DOUBLINGS, len(widths) - 2))
        self.excitations = nn.ModuleList(
            Excitation(low, high)
            for low, high in zip(widths[: -self._distance], widths[self._distance :], strict=True)
        )
        self.last = initialised(nn.Conv2d(widths[-1], channels, 3, padding=1), 9 * widths[-1], 2 * GAIN)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Return images ``[N, C, S, S]``."""
        h = self.start(latent_code(latents, labels, self.embedding))
        h = glu(self.normalize(h.unflatten(1, (-1, COARSEST, COARSEST))), dim=1)  # [N, F, 4, 4]
        sizes = [h]
        for level, up in enumerate(self.ups, start=1):
            h = up(h)
            if level >= self._distance:
                low = level - self._distance
                h = self.excitations[low](sizes[low], h)
            sizes.append(h)
        return torch.tanh(self.last(h))
