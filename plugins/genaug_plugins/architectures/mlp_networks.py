"""The two networks of `mlp`."""

from itertools import pairwise

from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from genaug.data import SampleSpec
from genaug_plugins.architectures.initialise import GAIN, SLOPE, initialised
from genaug_plugins.architectures.latent_code import class_embedding, code_dim, latent_code
from genaug_plugins.architectures.projection import ProjectionHead
from genaug_plugins.architectures.value_range import into_range


def hidden_layers(inputs: int, width: int, depth: int) -> nn.ModuleList:
    """Return `depth` linear layers of `width` units, the first with so many inputs."""
    widths = [inputs, *[width] * depth]
    return nn.ModuleList(initialised(nn.Linear(a, b), a, GAIN) for a, b in pairwise(widths))


class MlpGenerator(nn.Module):
    """Map latents ``[N, Z]`` and labels ``[N]`` to vectors ``[N, D]`` in the spec's value range.

    Args:
        spec: of the vectors.
        latent_dim: Z.
        width: units of a hidden layer.
        depth: number of hidden layers.
    """

    def __init__(self, spec: SampleSpec, latent_dim: int, width: int, depth: int) -> None:
        super().__init__()
        self.value_range = spec.value_range
        self.latent_dim = latent_dim
        self.embedding = class_embedding(spec.classes, latent_dim)
        self.layers = hidden_layers(code_dim(spec.classes, latent_dim), width, depth)
        self.last = initialised(nn.Linear(width, spec.shape[0]), width, 1.0)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Return vectors ``[N, D]``."""
        h = latent_code(latents, labels, self.embedding)
        for layer in self.layers:
            h = leaky_relu(layer(h), SLOPE)
        return into_range(self.last(h), self.value_range)


class MlpDiscriminator(nn.Module):
    """Map vectors ``[N, D]``, labels ``[N]`` and a condition ``[N, K]`` to logits ``[N]``.

    Args:
        spec: of the vectors.
        condition_dim: K.
        width: units of a hidden layer.
        depth: number of hidden layers.
    """

    def __init__(self, spec: SampleSpec, condition_dim: int, width: int, depth: int) -> None:
        super().__init__()
        self.layers = hidden_layers(spec.shape[0], width, depth)
        self.head = ProjectionHead(width, spec.classes, condition_dim)

    @property
    def stages(self) -> list[nn.Module]:
        """Return the modules in their order from input to output."""
        return [*self.layers, self.head]

    def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        """Return logits ``[N]``."""
        h = values
        for layer in self.layers:
            h = leaky_relu(layer(h), SLOPE)
        logits: Tensor = self.head(h, labels, condition)
        return logits
