"""FastGAN's networks for few square images."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from genaug import Architecture
from genaug.data import SampleSpec
from genaug_plugins.architectures.square_images import check_square_images, widths_from_coarsest

if TYPE_CHECKING:
    from torch import nn


class FastganArchitecture(Architecture):
    """FastGAN's networks for square images, designed for few samples (Liu et al. 2021, arXiv 2101.04775).

    One gated convolution for each size, noise in each layer, coarse features that scale the channels of
    fine ones (skip-layer excitation), and a discriminator of two-way residual blocks with a logit for each
    of 5×5 patches. Class and condition, which the paper does not have, enter by embedding and projection.

    It differs from the paper:

    - The decoders and their reconstruction loss are omitted: a discriminator returns logits only. Use
      regularizers such as `r1`, and `diffaugment`, which the paper uses too.
    - The generator normalizes each sample separately, not the batch: samples of a batch are independent, and
      the averaged generator needs no batch statistics.
    - The discriminator has no normalization, so its features depend on the scale of the input, which
      `scaling` needs; its initial weights preserve the standard deviation of a signal instead.
    """

    name: ClassVar[str] = "fastgan"

    width: int = Field(default=32, ge=2, le=1024)
    """Channels at half the image's size; half as many at the full size, and each halving doubles them."""
    max_width: int = Field(default=512, ge=2, le=4096)
    """Maximum number of channels."""
    latent_dim: int = Field(default=64, ge=1, le=4096)
    """Length of a latent vector."""
    noise: bool = True
    """Add noise in each layer of the generator."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not square images of a supported size."""
        check_square_images(spec, self.name)

    def networks(self, spec: SampleSpec, condition_dim: int) -> tuple[nn.Module, nn.Module]:
        """Return the generator and the discriminator.

        Raises:
            DataError: for samples other than square images of 1 to 4 channels and 8, 16, 32, 64, 128 or
                256 pixels.
        """
        from genaug_plugins.architectures.fastgan_discriminator import FastganDiscriminator
        from genaug_plugins.architectures.fastgan_generator import FastganGenerator

        check_square_images(spec, self.name)
        channels, size, _ = spec.shape
        widths = widths_from_coarsest(size, self.width, self.max_width)
        generator = FastganGenerator(channels, widths, spec.classes, self.latent_dim, self.noise)
        discriminator = FastganDiscriminator(channels, widths[1:], spec.classes, condition_dim)
        return generator, discriminator
