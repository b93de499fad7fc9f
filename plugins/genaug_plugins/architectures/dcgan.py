"""Small convolutional networks for square images, after DCGAN."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from genaug import Architecture
from genaug.data import SampleSpec
from genaug_plugins.architectures.square_images import check_square_images, widths_from_coarsest

if TYPE_CHECKING:
    from torch import nn


class DcganArchitecture(Architecture):
    """Strided convolutions for small square images; class-conditional if there are several classes.

    The resolutions and strides are those of DCGAN (Radford et al. 2016, arXiv 1511.06434). It differs from
    DCGAN: the generator normalizes each sample separately, modulated by latent and class (self-modulation,
    Chen et al. 2019, arXiv 1810.01365), so that samples of a batch are independent; the discriminator has
    no normalization, uses class and condition by projection (Miyato & Koyama 2018, arXiv 1802.05637) and is
    twice differentiable.
    """

    name: ClassVar[str] = "dcgan"

    width: int = Field(default=32, ge=2, le=1024)
    """Channels at half the image's size; each halving of the size doubles them, up to 8 times as many."""
    latent_dim: int = Field(default=64, ge=1, le=4096)
    """Length of a latent vector."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not square images of a supported size."""
        check_square_images(spec, self.name)

    def networks(self, spec: SampleSpec, condition_dim: int) -> tuple[nn.Module, nn.Module]:
        """Return the generator and the discriminator.

        Raises:
            DataError: for samples other than square images of 1 to 4 channels and 8, 16, 32, 64, 128 or
                256 pixels.
        """
        from genaug_plugins.architectures.dcgan_networks import DcganDiscriminator, DcganGenerator

        check_square_images(spec, self.name)
        channels, size, _ = spec.shape
        features = widths_from_coarsest(size, self.width, 8 * self.width)
        generator = DcganGenerator(channels, features, spec.classes, self.latent_dim)
        discriminator = DcganDiscriminator(channels, features, spec.classes, condition_dim)
        return generator, discriminator
