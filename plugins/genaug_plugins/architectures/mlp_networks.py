"""The two networks of `mlp`."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from genaug.data import SampleSpec
from genaug_plugins.architectures.initialise import GAIN, SLOPE, initialised
from genaug_plugins.architectures.latent_code import class_embedding, code_dim, latent_code
from genaug_plugins.architectures.projection import ProjectionHead
from genaug_plugins.architectures.value_range import into_range

if TYPE_CHECKING:
    from genaug_plugins.architectures.mlp import MlpArchitecture


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
        coded, width = code_dim(spec.classes, self.latent_dim), architecture.width
        self.layers = _layers(coded, width, architecture.depth)
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
