"""Fully connected networks for vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from genaug import Architecture
from genaug.data import SampleSpec
from genaug_plugins.architectures.modalities import check_modality

if TYPE_CHECKING:
    from torch import nn


class MlpArchitecture(Architecture):
    """Fully connected layers with leaky rectifiers, for vectors.

    Vectors are not scaled here: the generator `gan` standardizes their columns.
    """

    name: ClassVar[str] = "mlp"

    width: int = Field(default=128, ge=2, le=8192)
    """Units of a hidden layer."""
    depth: int = Field(default=2, ge=1, le=16)
    """Hidden layers of each network."""
    latent_dim: int = Field(default=32, ge=1, le=4096)
    """Length of a latent vector."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not vectors."""
        check_modality(spec, self.name, "vector")

    def networks(self, spec: SampleSpec, condition_dim: int) -> tuple[nn.Module, nn.Module]:
        """Return the generator and the discriminator.

        Raises:
            DataError: for samples that are not vectors.
        """
        from genaug_plugins.architectures.mlp_networks import MlpDiscriminator, MlpGenerator

        self.check_usable(spec)
        generator = MlpGenerator(spec, self.latent_dim, self.width, self.depth)
        return generator, MlpDiscriminator(spec, condition_dim, self.width, self.depth)
