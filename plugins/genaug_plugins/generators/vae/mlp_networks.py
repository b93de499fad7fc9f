"""Fully connected encoder and decoder, for vectors and rows of tables."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from genaug_plugins.generators.vae.class_code import ClassCode
from genaug_plugins.generators.vae.layout import Layout


class MlpEncoder(nn.Module):
    """Map values ``[N, D]`` and labels ``[N]`` to mean and log variance of the posterior, ``[N, 2Z]``.

    Args:
        layout: of the values.
        classes: number of classes.
        latent_dim: Z.
        width: units of a hidden layer.
        depth: number of hidden layers.
    """

    def __init__(self, layout: Layout, classes: int, latent_dim: int, width: int, depth: int) -> None:
        super().__init__()
        self.code = ClassCode(classes)
        self.layers = _layers([layout.shape[0] + self.code.dim, *[width] * depth, 2 * latent_dim])

    def forward(self, values: Tensor, labels: Tensor) -> Tensor:
        """Return mean and log variance."""
        made: Tensor = self.layers(torch.cat([values, self.code(labels)], dim=1))
        return made


class MlpDecoder(nn.Module):
    """Map latents ``[N, Z]`` and labels ``[N]`` to values ``[N, D]``; choices are logits.

    Args:
        layout: of the values.
        classes: number of classes.
        latent_dim: Z.
        width: units of a hidden layer.
        depth: number of hidden layers.
    """

    def __init__(self, layout: Layout, classes: int, latent_dim: int, width: int, depth: int) -> None:
        super().__init__()
        self.code = ClassCode(classes)
        self.layers = _layers([latent_dim + self.code.dim, *[width] * depth, layout.shape[0]])
        self._bounded = layout.bounded

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Return the values."""
        made: Tensor = self.layers(torch.cat([latents, self.code(labels)], dim=1))
        return made.tanh() if self._bounded else made


def _layers(widths: list[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.SiLU(), nn.Linear(before, after)]
    return nn.Sequential(*layers[1:])
