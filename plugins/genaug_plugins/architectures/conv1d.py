"""Convolutional networks for signals, after DCGAN."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from genaug import Architecture
from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.architectures.modalities import check_modality

if TYPE_CHECKING:
    from torch import nn


SHORTEST = 16


class Conv1dArchitecture(Architecture):
    """Strided convolutions along time, for signals of 16 values or more.

    The resolutions and strides are those of DCGAN (Radford et al. 2016, arXiv 1511.06434) along one
    axis, as in WaveGAN (Donahue et al. 2019, arXiv 1802.04208); modulation and projection are those of
    `dcgan`. Each layer doubles or halves the length, starting from 4 to 8 values. If the length is not
    reached exactly, the generator crops its output at both ends and the discriminator pads its input with
    zeros.
    """

    name: ClassVar[str] = "conv1d"

    width: int = Field(default=32, ge=2, le=1024)
    """Channels at half the signal's length; each halving of the length doubles them, up to 8 times as
    many."""
    latent_dim: int = Field(default=64, ge=1, le=4096)
    """Length of a latent vector."""
    kernel: int = Field(default=8, ge=4, le=64, multiple_of=2)
    """Kernel length of the strided convolutions; longer kernels capture lower frequencies."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not signals of 16 values or more."""
        check_modality(spec, self.name, "signal")
        if spec.shape[1] < SHORTEST:
            raise DataError(
                f"conv1d makes signals of {SHORTEST} values or more, not {spec.shape[1]}: use longer "
                "windows, or take them as vectors and the architecture mlp"
            )

    def networks(self, spec: SampleSpec, condition_dim: int) -> tuple[nn.Module, nn.Module]:
        """Return the generator and the discriminator.

        Raises:
            DataError: for samples that are not signals of 16 values or more.
        """
        from genaug_plugins.architectures.conv1d_networks import Conv1dDiscriminator, Conv1dGenerator

        self.check_usable(spec)
        generator = Conv1dGenerator(spec, self.latent_dim, self.width, self.kernel)
        return generator, Conv1dDiscriminator(spec, condition_dim, self.width, self.kernel)
