"""A small convolutional pair of networks for square images, after DCGAN."""

from itertools import pairwise
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from genaug import Architecture
from genaug.data import SampleSpec
from genaug_plugins.architectures.initialise import GAIN, SLOPE, initialised
from genaug_plugins.architectures.latent_code import class_embedding, code_dim, latent_code
from genaug_plugins.architectures.modulation import Modulation
from genaug_plugins.architectures.projection import ProjectionHead
from genaug_plugins.architectures.square_images import (
    COARSEST,
    check_square_images,
    widths_from_coarsest,
)


class DcganArchitecture(Architecture):
    """Make small square images with strided convolutions, conditionally where there are several classes.

    The resolutions and strides are those of DCGAN (Radford et al. 2016, arXiv 1511.06434). Beyond it,
    the generator's normalization is over each sample alone and modulated by latent and class
    (self-modulation, Chen et al. 2019, arXiv 1810.01365), so that no sample depends on the others
    of its batch; the discriminator has no normalization, sees class and condition by projection
    (Miyato & Koyama 2018, arXiv 1802.05637) and is twice differentiable.
    """

    name: ClassVar[str] = "dcgan"

    width: int = Field(default=32, ge=2, le=1024)
    """Channels at half the image's size; each halving of the size doubles them, up to 8 times as many."""
    latent_dim: int = Field(default=64, ge=1, le=4096)
    """Length of a latent vector."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse samples that are no square images of a size this makes."""
        check_square_images(spec, self.name)

    def networks(self, spec: SampleSpec, condition_dim: int) -> tuple[nn.Module, nn.Module]:
        """Return the generator and the discriminator.

        Raises:
            DataError: where samples are no square images of 1 to 4 channels and a size of
                8, 16, 32, 64, 128 or 256 pixels.
        """
        check_square_images(spec, self.name)
        channels, size, _ = spec.shape
        features = widths_from_coarsest(size, self.width, 8 * self.width)
        generator = DcganGenerator(channels, features, spec.classes, self.latent_dim)
        discriminator = DcganDiscriminator(channels, features, spec.classes, condition_dim)
        return generator, discriminator


class DcganGenerator(nn.Module):
    """Map latents ``[N, Z]`` and labels ``[N]`` to images ``[N, C, S, S]`` in [−1, 1]."""

    def __init__(self, channels: int, features: list[int], classes: int, latent_dim: int) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.embedding = class_embedding(classes, latent_dim)
        told = code_dim(classes, latent_dim)
        self.start = initialised(nn.Linear(told, features[0] * COARSEST**2), told, 1.0)
        self.modulations = nn.ModuleList(Modulation(told, width) for width in features)
        # A transposed 4×4 convolution of stride 2 sums 2·2 taps of each channel a pixel.
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
        """Return the modules in the order in which values pass them."""
        return [self.first, *self.downs, self.dense, self.head]

    def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        """Return logits ``[N]``."""
        h = leaky_relu(self.first(values), SLOPE)
        for down in self.downs:
            h = leaky_relu(down(h), SLOPE)
        h = leaky_relu(self.dense(h.flatten(1)), SLOPE)  # [N, dim]
        logits: Tensor = self.head(h, labels, condition)
        return logits
