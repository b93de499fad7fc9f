"""A pair of fully connected networks for vectors."""

from itertools import pairwise
from typing import ClassVar

from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from genaug import Architecture
from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.architectures.initialise import GAIN, SLOPE, initialised
from genaug_plugins.architectures.latent_code import class_embedding, code_dim, latent_code
from genaug_plugins.architectures.projection import ProjectionHead
from genaug_plugins.architectures.value_range import into_range


class MlpArchitecture(Architecture):
    """Make vectors with fully connected layers and leaky rectifiers.

    Vectors are taken as they are: where columns differ in scale, standardize them in the source.
    """

    name: ClassVar[str] = "mlp"

    width: int = Field(default=128, ge=2, le=8192)
    """Units of a hidden layer."""
    depth: int = Field(default=2, ge=1, le=16)
    """Hidden layers of each network."""
    latent_dim: int = Field(default=32, ge=1, le=4096)
    """Length of a latent vector."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse samples that are no vectors."""
        if spec.modality != "vector":
            raise DataError(
                f"mlp makes vectors [D], not samples of modality {spec.modality!r}: use another "
                "architecture, e.g. dcgan or resnet for images, conv1d for signals"
            )

    def networks(self, spec: SampleSpec, condition_dim: int) -> tuple[nn.Module, nn.Module]:
        """Return the generator and the discriminator.

        Raises:
            DataError: where samples are no vectors.
        """
        self.check_usable(spec)
        return MlpGenerator(spec, self), MlpDiscriminator(spec, self, condition_dim)


def _layers(first: int, width: int, depth: int) -> nn.ModuleList:
    widths = [first, *[width] * depth]
    return nn.ModuleList(initialised(nn.Linear(a, b), a, GAIN) for a, b in pairwise(widths))


class MlpGenerator(nn.Module):
    """Map latents ``[N, Z]`` and labels ``[N]`` to vectors ``[N, D]`` in the spec's value range."""

    def __init__(self, spec: SampleSpec, architecture: MlpArchitecture) -> None:
        super().__init__()
        self.value_range = spec.value_range
        self.latent_dim = architecture.latent_dim
        self.embedding = class_embedding(spec.classes, self.latent_dim)
        told, width = code_dim(spec.classes, self.latent_dim), architecture.width
        self.layers = _layers(told, width, architecture.depth)
        self.last = initialised(nn.Linear(width, spec.shape[0]), width, 1.0)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Return vectors ``[N, D]``."""
        h = latent_code(latents, labels, self.embedding)
        for layer in self.layers:
            h = leaky_relu(layer(h), SLOPE)
        return into_range(self.last(h), self.value_range)


class MlpDiscriminator(nn.Module):
    """Map vectors ``[N, D]``, labels ``[N]`` and a condition ``[N, K]`` to logits ``[N]``."""

    def __init__(self, spec: SampleSpec, architecture: MlpArchitecture, condition_dim: int) -> None:
        super().__init__()
        self.layers = _layers(spec.shape[0], architecture.width, architecture.depth)
        self.head = ProjectionHead(architecture.width, spec.classes, condition_dim)

    @property
    def stages(self) -> list[nn.Module]:
        """Return the modules in the order in which values pass them."""
        return [*self.layers, self.head]

    def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        """Return logits ``[N]``."""
        h = values
        for layer in self.layers:
            h = leaky_relu(layer(h), SLOPE)
        logits: Tensor = self.head(h, labels, condition)
        return logits
