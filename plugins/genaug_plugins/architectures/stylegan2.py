"""StyleGAN2's networks for square images, in plain PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from genaug import Architecture
from genaug.data import SampleSpec
from genaug_plugins.architectures.square_images import check_square_images, widths_from_coarsest

if TYPE_CHECKING:
    from torch import nn


class Stylegan2Architecture(Architecture):
    """StyleGAN2's networks for square images (Karras et al. 2020, arXiv 1912.04958).

    A mapping network, modulated and demodulated convolutions, noise in each layer, a generator that sums
    images of all sizes, a residual discriminator with the deviation within the minibatch as a feature, and
    resampling with a blur. All weights have an equalized learning rate, for which the optimizer's rate should
    be .002 (as in the paper) or more. Class and condition enter the discriminator by projection.

    Not included: style mixing, the truncation trick, and path length regularization, which is a penalty on
    the generator and not part of the networks. A tanh bounds the images. In evaluation mode the noise of
    each layer is one fixed map.
    """

    name: ClassVar[str] = "stylegan2"

    width: int = Field(default=32, ge=2, le=1024)
    """Channels at half the image's size; half as many at the full size, and each halving doubles them."""
    max_width: int = Field(default=512, ge=2, le=4096)
    """Maximum number of channels."""
    latent_dim: int = Field(default=64, ge=1, le=4096)
    """Length of a latent vector, and of the intermediate latent from which styles are computed."""
    mapping_layers: int = Field(default=2, ge=1, le=16)
    """Layers of the mapping network; 8 in the paper, 2 for small data sets (arXiv 2006.06676)."""
    noise: bool = True
    """Add noise in each layer of the generator, as in the paper; after a short training images may be
    grainy."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not square images of a supported size."""
        check_square_images(spec, self.name)

    def networks(self, spec: SampleSpec, condition_dim: int) -> tuple[nn.Module, nn.Module]:
        """Return the generator and the discriminator.

        Raises:
            DataError: for samples other than square images of 1 to 4 channels and 8, 16, 32, 64, 128 or
                256 pixels.
        """
        from genaug_plugins.architectures.stylegan2_discriminator import Stylegan2Discriminator
        from genaug_plugins.architectures.stylegan2_generator import Stylegan2Generator

        check_square_images(spec, self.name)
        channels, size, _ = spec.shape
        widths = widths_from_coarsest(size, self.width, self.max_width)
        generator = Stylegan2Generator(
            channels,
            widths,
            spec.classes,
            self.latent_dim,
            mapping_layers=self.mapping_layers,
            noise=self.noise,
        )
        discriminator = Stylegan2Discriminator(channels, widths, spec.classes, condition_dim)
        return generator, discriminator
