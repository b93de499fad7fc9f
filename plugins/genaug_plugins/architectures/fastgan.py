"""FastGAN's pair of networks for few square images."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from genaug import Architecture
from genaug.data import SampleSpec
from genaug_plugins.architectures.square_images import check_square_images, widths_from_coarsest

if TYPE_CHECKING:
    from torch import nn


class FastganArchitecture(Architecture):
    """Make square images from few of them as FastGAN does (Liu et al. 2021, arXiv 2101.04775).

    One gated convolution a size, noise in each, coarse features that weigh the channels of fine
    ones (skip-layer excitation), and a discriminator of two-way residual blocks that judges 5×5
    patches. Class and condition, which the paper has not, come by embedding and by projection.

    It differs from the paper:

    - The decoders, and the loss by which they redraw real images from the discriminator's features,
      are left out: a discriminator gives logits and nothing else. Put regularizers on it, such as
      `r1`, and `diffaugment`, which the paper uses too.
    - The generator normalizes each sample by itself, not over the batch: no sample depends on the
      others, and an averaged generator needs no statistics of another one's batches.
    - The discriminator is not normalized at all, so that the size of what it sees still tells
      (`scaling` relies on that); its first weights keep a signal's size instead.
    """

    name: ClassVar[str] = "fastgan"

    width: int = Field(default=32, ge=2, le=1024)
    """Channels at half the image's size; half as many at the full size, and each halving doubles them."""
    max_width: int = Field(default=512, ge=2, le=4096)
    """No features have more channels than this."""
    latent_dim: int = Field(default=64, ge=1, le=4096)
    """Length of a latent vector."""
    noise: bool = True
    """Add noise in each layer of the generator."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse samples that are no square images of a size this makes."""
        check_square_images(spec, self.name)

    def networks(self, spec: SampleSpec, condition_dim: int) -> tuple[nn.Module, nn.Module]:
        """Return the generator and the discriminator.

        Raises:
            DataError: where samples are no square images of 1 to 4 channels and a size of
                8, 16, 32, 64, 128 or 256 pixels.
        """
        from genaug_plugins.architectures.fastgan_discriminator import FastganDiscriminator
        from genaug_plugins.architectures.fastgan_generator import FastganGenerator

        check_square_images(spec, self.name)
        channels, size, _ = spec.shape
        widths = widths_from_coarsest(size, self.width, self.max_width)
        generator = FastganGenerator(channels, widths, spec.classes, self.latent_dim, self.noise)
        discriminator = FastganDiscriminator(channels, widths[1:], spec.classes, condition_dim)
        return generator, discriminator
