"""The two networks of `dcgan`."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from genaug_plugins.architectures.initialise import GAIN, SLOPE, initialised
from genaug_plugins.architectures.latent_code import class_embedding, code_dim, latent_code
from genaug_plugins.architectures.modulation import Modulation
from genaug_plugins.architectures.projection import ProjectionHead
from genaug_plugins.architectures.square_images import COARSEST


class DcganGenerator(nn.Module):
    """Map latents ``[N, Z]`` and labels ``[N]`` to images ``[N, C, S, S]`` in [−1, 1]."""

    def __init__(self, channels: int, features: list[int], classes: int, latent_dim: int) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.embedding = class_embedding(classes, latent_dim)
        coded = code_dim(classes, latent_dim)
        self.start = initialised(nn.Linear(coded, features[0] * COARSEST**2), coded, 1.0)
        self.modulations = nn.ModuleList(Modulation(coded, width) for width in features)
        # A pixel of a transposed 4×4 convolution of stride 2 is a sum over 2·2 pixels of each channel.
        self.ups = nn.ModuleList(
            initialised(nn.ConvTranspose2d(wide, narrow, 4, stride=2, padding=1), 4 * wide, GAIN)
            for wide, narrow in pairwise(features)
        )
        self.last = initialised(nn.Conv2d(features[-1], channels, 3, padding=1), 9 * features[-1], 1.0)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Return images ``[N, C, S, S]``."""
        code = latent_code(latents, labels, self.embedding)  # [N, 2Z], or [N, Z] for one class
        h = self.start(code).unflatten(1, (-1, COARSEST, COARSEST))  # [N, F, 4, 4]
        h = leaky_relu(self.modulations[0](h, code), SLOPE)
        for up, modulation in zip(self.ups, self.modulations[1:], strict=True):
            h = leaky_relu(modulation(up(h), code), SLOPE)
        return torch.tanh(self.last(h))


class DcganDiscriminator(nn.Module):
    """Map images ``[N, C, S, S]``, labels ``[N]`` and a condition ``[N, K]`` to logits ``[N]``."""

    def __init__(self, channels: int, features: list[int], classes: int, condition_dim: int) -> None:
        super().__init__()
        widths = features[::-1]
        self.first = initialised(nn.Conv2d(channels, widths[0], 3, padding=1), 9 * channels, GAIN)
        self.downs = nn.ModuleList(
            initialised(nn.Conv2d(narrow, wide, 4, stride=2, padding=1), 16 * narrow, GAIN)
            for narrow, wide in pairwise(widths)
        )
        flat, dim = features[0] * COARSEST**2, 2 * features[0]
        self.dense = initialised(nn.Linear(flat, dim), flat, GAIN)
        self.head = ProjectionHead(dim, classes, condition_dim)

    @property
    def stages(self) -> list[nn.Module]:
        """Return the modules in their order from input to output."""
        return [self.first, *self.downs, self.dense, self.head]

    def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        """Return logits ``[N]``."""
        h = leaky_relu(self.first(values), SLOPE)
        for down in self.downs:
            h = leaky_relu(down(h), SLOPE)
        h = leaky_relu(self.dense(h.flatten(1)), SLOPE)  # [N, dim]
        logits: Tensor = self.head(h, labels, condition)
        return logits
