"""Residual networks for square images, after SNGAN."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from genaug import Architecture
from genaug.data import SampleSpec
from genaug_plugins.architectures.square_images import check_square_images

if TYPE_CHECKING:
    from torch import nn


class ResnetArchitecture(Architecture):
    """Residual blocks with spectral normalization, for square images.

    The networks of SNGAN at 32 pixels (Miyato et al. 2018, arXiv 1802.05957, table 3): a generator of three
    blocks that double the size from 4×4, a discriminator of two blocks that halve it and two that keep it,
    ReLU, the features summed over all pixels. Each further doubling of the size adds a block with half the
    channels to each network. Label and condition enter the discriminator by projection; latent and label
    modulate the generator's normalization.

    `{width: 128, latent_dim: 128, normalization: batch}` is the published configuration.
    """

    name: ClassVar[str] = "resnet"

    width: int = Field(default=32, ge=2, le=1024)
    """Channels of the discriminator at up to 16×16 pixels; the generator has twice as many."""
    latent_dim: int = Field(default=64, ge=1, le=4096)
    """Length of a latent vector."""
    spectral_norm: bool = True
    """Divide each weight of the discriminator by its largest singular value."""
    normalization: Literal["sample", "batch"] = "sample"
    """What the generator's features are normalized over: each sample, so that samples of a batch are
    independent, or the batch, as published."""
    upsampling: Literal["nearest", "bilinear"] = "nearest"
    """How the generator doubles sizes: by repeating pixels, as published, or bilinearly, which is slower."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not square images of a supported size."""
        check_square_images(spec, self.name)

    def networks(self, spec: SampleSpec, condition_dim: int) -> tuple[nn.Module, nn.Module]:
        """Return the generator and the discriminator.

        Raises:
            DataError: for samples other than square images of 1 to 4 channels and 8, 16, 32, 64, 128 or
                256 pixels.
        """
        from genaug_plugins.architectures.resnet_networks import ResnetDiscriminator, ResnetGenerator

        check_square_images(spec, self.name)
        generator = ResnetGenerator(
            spec,
            self.latent_dim,
            self.width,
            normalization=self.normalization,
            upsampling=self.upsampling,
        )
        discriminator = ResnetDiscriminator(spec, condition_dim, self.width, spectral_norm=self.spectral_norm)
        return generator, discriminator
